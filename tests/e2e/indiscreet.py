"""Somebody who says a secret wherever one can be said, in the right places and in all the wrong ones."""

import json
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.access.samples import body_of
from tests.e2e.canaries import Canaries, word
from tests.e2e.journey import Journey
from tools.demo.walk import Form, Learner

OPENAPI = Path(__file__).parents[2] / "docs" / "openapi"
NAMED_IN_EVENTS = ("table auth.log", "table auth.outbox", "table activity.person", "redis")


class Indiscreet(Journey):
    """One learner's way, with slips. `errors` holds every answer that was an error."""

    canaries: Canaries
    errors: str = ""

    def prepare(self) -> None:
        """Take on an identity of canaries, and keep every error that is answered."""
        self.canaries = Canaries()
        hatch = self.canaries.hatch
        account = "table auth.user_account"
        address = hatch("the address", account)
        password = hatch("the password")
        self.learner = Learner(
            email=f"{address}@example.org", password=password, name=hatch("the name", account, *NAMED_IN_EVENTS)
        )
        self._http.event_hooks["response"].append(self._note)

    async def _note(self, answer: httpx.Response) -> None:
        if answer.is_error:
            await answer.aread()
            self.errors += f"{answer.status_code} {answer.headers} {answer.text}\n"

    async def say(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask the gateway, whatever the answer."""
        return await self._http.request(method, self._url(path), **request)

    async def receive_the_link(self) -> None:
        """Register twice, and use the link in every way."""
        await self.register()
        await self.read_welcome_mail()
        path, _, token = self._link.partition("?token=")
        self.canaries.known("the link", token)
        await self.register()
        await self._http.get(self._link)
        await self.verify()
        await self._http.post(path, json={"token": self.canaries.hatch("a wrong link")})
        await self._http.get(path, params={"token": self.canaries.hatch("a wrong link opened")})

    async def forget_the_password(self) -> None:
        """Ask for a link that sets a new one, use it in every way, and be somebody with another password from then on."""
        asked = "/api/auth/v1/password-resets"
        stranger = f"{self.canaries.hatch('a forgotten address of nobody')}@example.org"
        for email in (stranger, self.learner.email):
            assert (await self.say("POST", asked, json={"email": email})).status_code == httpx.codes.ACCEPTED
        link = await self._until("the mail with the reset link", self._reset_link)
        path, _, token = link.partition("?token=")
        self.canaries.known("the reset link", token)
        weak = {"token": token, "password": f"codezest{self.canaries.hatch('a password that is refused')}"}
        assert (await self._http.post(path, json=weak)).status_code == httpx.codes.UNPROCESSABLE_ENTITY
        new = self.canaries.hatch("the password after the reset")
        page = await self._http.get(link)
        given = Form.on(page.text).fields | {"password": new}
        assert given["token"] == token
        done = await self._http.post(path, data=given, headers={"accept": "text/html"})
        assert done.status_code == httpx.codes.OK, done.text
        assert (await self._http.post(path, data=given)).status_code == httpx.codes.NOT_FOUND
        wrong = {"token": self.canaries.hatch("a wrong reset link"), "password": new}
        assert (await self._http.post(path, json=wrong)).status_code == httpx.codes.NOT_FOUND
        self.learner.password = new

    async def _reset_link(self) -> str | None:
        """From the mailbox, once it is there."""
        texts = [str(mail["text"]) for mail in await self.mails()]
        links = (re.search(r"https?://\S+/password-resets/confirmation\?token=[\w.~-]+", text) for text in texts)
        return next((link[0] for link in links if link), None)

    async def sign_in_badly_then_well(self) -> None:
        """Wrong passwords, an address that is no one's, then both kinds of session, refreshed and used twice."""
        path = "/api/auth/v1/sessions"
        right = {"email": self.learner.email, "password": self.learner.password}
        for what in ("a wrong password", "another wrong password"):
            await self.say("POST", path, json={**right, "password": self.canaries.hatch(what)})
        stranger = f"{self.canaries.hatch('an unknown address')}@example.org"
        await self.say("POST", path, json={"email": stranger, "password": self.canaries.hatch("a stranger's password")})
        browser = await self.say("POST", path, json={**right, "client": "browser"})
        carried = self.canaries.known("the refresh cookie", browser.cookies["codezest_refresh"])
        self._http.cookies.clear()
        carrying = {"cookie": f"codezest_refresh={carried}"}
        await self.say("POST", path, json={**right, "client": "browser"}, headers=carrying)
        self._http.cookies.clear()
        opened = (await self.say("POST", path, json=right)).json()
        old = self.canaries.known("the refresh token", opened["refresh_token"])
        renewed = (await self.say("POST", f"{path}/refresh", json={"refresh_token": old})).json()
        new = self.canaries.known("the next refresh token", renewed["refresh_token"])
        await self.say("POST", f"{path}/refresh", json={"refresh_token": new})
        await self.say("POST", f"{path}/refresh", json={"refresh_token": old})
        await self.say("POST", f"{path}/refresh", json={"refresh_token": self.canaries.hatch("a made-up token")})
        cookie = {"cookie": f"codezest_refresh={self.canaries.hatch('a made-up cookie')}"}
        await self.say("POST", f"{path}/refresh", headers=cookie)
        await self.sign_in()
        self.canaries.known("the access token", self.learner.token.rpartition(".")[2])

    async def hand_in(self) -> None:
        """Submit code that is nobody else's business."""
        outline = await self._api("GET", "/api/learning/v1/courses/small-programs")
        lessons = [lesson for module in outline["modules"] for lesson in module["lessons"]]
        assignment = next(lesson["assignment"]["id"] for lesson in lessons if lesson["assignment"])
        code = f"print('{self.canaries.hatch('submitted code', 'table learning.submission')}')\n"
        headers = {**self.learner.headers, "idempotency-key": secrets.token_hex(16)}
        path = f"/api/learning/v1/assignments/{assignment}/submissions"
        handed_in = await self.say("POST", path, json={"code": code}, headers=headers)
        assert handed_in.status_code == httpx.codes.CREATED, handed_in.text

    async def buy(self) -> None:
        """The rest of the main job; and a webhook that is not Stripe's."""
        await self.choose_pro()
        await self.pay()
        await self.become_pro()
        await self.open_pro_content()
        await self.read_receipt()
        hatch = self.canaries.hatch
        signature = {"stripe-signature": f"t=1,v1={hatch('a webhook signature')}"}
        body = {"id": hatch("a webhook body")}
        await self.say("POST", "/api/payments/v1/stripe/webhook", json=body, headers=signature)

    async def be_clumsy_everywhere(self) -> None:
        """To every operation that takes a body: half of one, one with too much in it, one with the wrong words."""
        hatch = self.canaries.hatch
        broken, extra, wrong = hatch("half a body"), hatch("an unknown field"), hatch("a text in a body")
        nobody = {"authorization": f"Bearer {hatch('a made-up access token')}"}
        tried = 0
        for method, path, body in _with_bodies():
            signed_in = {**self.learner.headers, "idempotency-key": word(), "if-match": '"1"'}
            half = json.dumps({"password": broken, "text": broken})[:-1]
            kind = {"content-type": "application/json"}
            await self.say(method, path, content=half, headers={**signed_in, **kind})
            await self.say(method, path, json={**body, "surplus": extra}, headers=signed_in)
            await self.say(method, path, json=_worded(body, wrong), headers={"idempotency-key": word()})
            await self.say(method, path, json=body, headers=nobody)
            tried += 1
        assert tried >= 10, "hardly any operation takes a body"

    async def leave_marks(self, services: list[str]) -> dict[str, str]:
        """An error at each service under a trace of its own; the traces by service. What came before is written first."""
        marks = {service: secrets.token_hex(16) for service in services}
        for service, trace in marks.items():
            headers = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
            await self.say("GET", f"/api/{service}/v1/bus", headers=headers)
        return marks


def _with_bodies() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and a valid body of each operation that takes an object."""
    for file in sorted(OPENAPI.glob("*.json")):
        document = json.loads(file.read_text())
        for path, verbs in document["paths"].items():
            for verb, described in verbs.items():
                body = body_of(described, document) if "requestBody" in described else None
                if isinstance(body, dict):
                    named = path.replace("{slug}", "small-programs")
                    yield verb.upper(), _filled(named), body


def _filled(path: str) -> str:
    """With an id wherever one is asked for."""
    head, brace, rest = path.partition("{")
    return f"{head}0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11{_filled(rest.partition('}')[2])}" if brace else head


def _worded(value: Any, text: str) -> Any:
    """The same with every text replaced."""
    if isinstance(value, dict):
        return {name: _worded(inner, text) for name, inner in value.items()}
    if isinstance(value, list):
        return [_worded(inner, text) for inner in value]
    return text if isinstance(value, str) else value
