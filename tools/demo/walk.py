"""The main job as a person does it: through the gateway, the mailbox and the Checkout page, every wait with a deadline."""

import asyncio
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self, TypeVar

import httpx

T = TypeVar("T")

WAIT_SECONDS = 60.0
RETRY_SECONDS = 0.05
GOOD_CARD = "4242 4242 4242 4242"


class StuckError(AssertionError):
    """The main job does not go on: what was awaited, and what was seen instead."""


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where a person meets the platform."""

    gateway: str
    mail: str

    @classmethod
    def of(cls, ports: dict[str, int]) -> Self:
        """The addresses of a running instance, by its supervisor's ports."""
        return cls(gateway=f"http://localhost:{ports['gateway']}", mail=f"http://localhost:{ports['mail']}")


@dataclass(kw_only=True)
class Learner:
    """Somebody who is about to become a learner."""

    email: str
    password: str = field(repr=False)
    name: str = "Ada"
    token: str = field(default="", repr=False)

    @classmethod
    def somebody_new(cls) -> Self:
        """A person nobody has met, with an address that only this run knows."""
        return cls(email=f"ada-{secrets.token_hex(6)}@example.org", password=secrets.token_urlsafe(18))

    @property
    def headers(self) -> dict[str, str]:
        """What a signed-in client sends."""
        return {"authorization": f"Bearer {self.token}"}


class Walk:
    """One learner's way. The steps are in the order of their methods; each returns when its effect can be seen."""

    def __init__(self, addresses: Addresses, client: httpx.AsyncClient, learner: Learner) -> None:
        self.addresses = addresses
        self.learner = learner
        self.retry_seconds = RETRY_SECONDS
        self._http = client
        self._link = ""
        self._checkout_url = ""

    async def register(self) -> None:
        """Ask for an account."""
        person = {"email": self.learner.email, "password": self.learner.password, "name": self.learner.name}
        await self._api("POST", "/api/auth/v1/users", json=person, expect=202)

    async def read_welcome_mail(self) -> None:
        """Wait for the welcome mail and find its link."""
        mail = await self._until("the welcome mail", self._mail)
        link = re.search(r"https?://\S+/email-verification\?token=[\w.~-]+", str(mail["text"]))
        if link is None:
            raise StuckError(f"the welcome mail holds no link: {mail['text']}")
        self._link = link[0]

    async def verify(self) -> None:
        """Open the link and press its button."""
        page = await self._request("GET", self._link)
        fields, button = Form.on(page.text).fields, self._link.partition("?")[0]
        pressed = await self._request("POST", button, data=fields, headers={"accept": "text/html"})
        if pressed.status_code != httpx.codes.OK:
            raise StuckError(f"verifying was answered {pressed.status_code}: {pressed.text[:300]}")

    async def sign_in(self) -> None:
        """Get an access token."""
        credentials = {"email": self.learner.email, "password": self.learner.password, "client": "api"}
        answer = await self._api("POST", "/api/auth/v1/sessions", json=credentials)
        self.learner.token = answer["access_token"]

    async def be_refused_pro(self) -> None:
        """Try a Pro lesson on the free tier; StuckError if it opens."""
        answer = await self._request("GET", await self._pro_lesson(), headers=self.learner.headers)
        if answer.status_code != httpx.codes.FORBIDDEN or "upgrade-required" not in answer.text:
            raise StuckError(f"a Pro lesson answered {answer.status_code} to somebody on the free tier")

    async def choose_pro(self) -> None:
        """Open a checkout; right after verifying, payments may not have heard of it for a moment."""
        headers = {**self.learner.headers, "idempotency-key": secrets.token_hex(16)}

        async def opened() -> str | None:
            plan = {"plan": "pro_monthly"}
            answer = await self._http.post(self._url("/api/payments/v1/checkouts"), json=plan, headers=headers)
            return str(answer.json()["url"]) if answer.status_code == httpx.codes.CREATED else None

        self._checkout_url = await self._until("the checkout", opened)

    async def pay(self) -> None:
        """Pay on Stripe's page with the card that pays."""
        page = await self._http.get(self._checkout_url)
        fields = {**Form.on(page.text).fields, "card": GOOD_CARD}
        paid = await self._http.post(self._checkout_url, data=fields)
        if paid.status_code != httpx.codes.SEE_OTHER:
            raise StuckError(f"the Checkout page answered {paid.status_code}")

    async def become_pro(self) -> None:
        """Wait until payments says that the tier is pro."""

        async def is_pro() -> bool:
            answer = await self._get("/api/payments/v1/entitlements")
            return answer is not None and answer["tier"] == "pro"

        await self._until("the tier pro", is_pro)

    async def open_pro_content(self) -> None:
        """Wait until a Pro lesson opens."""
        path = await self._pro_lesson()

        async def opens() -> bool:
            return (await self._http.get(path, headers=self.learner.headers)).status_code == httpx.codes.OK

        await self._until("Pro content", opens)

    async def read_feed(self) -> None:
        """Wait until the feed says "Upgraded to Pro"."""

        async def says_so() -> bool:
            return "Upgraded to Pro" in await self.feed()

        await self._until('"Upgraded to Pro" in the feed', says_so)

    async def read_receipt(self) -> None:
        """Wait for the receipt."""

        async def came() -> bool:
            return any("receipt" in str(mail["subject"]).lower() for mail in await self.mails())

        await self._until("the receipt by mail", came)

    async def feed(self) -> list[str]:
        """The feed's texts, newest first; empty while it cannot be read."""
        answer = await self._get("/api/activity/v1/feed?limit=100")
        return [str(item["text"]) for item in answer["items"]] if answer else []

    async def mails(self) -> list[dict[str, Any]]:
        """Every mail to this learner, oldest first."""
        answer = await self._http.get(f"{self.addresses.mail}/api/email")
        mine = [mail for mail in answer.json() if self.learner.email in str(mail["to"])]
        return sorted(mine, key=lambda mail: str(mail["time"]))

    async def _mail(self) -> dict[str, Any] | None:
        mails = await self.mails()
        return mails[0] if mails else None

    async def _pro_lesson(self) -> str:
        catalogue = await self._api("GET", "/api/learning/v1/courses")
        for course in catalogue["items"]:
            outline = await self._api("GET", f"/api/learning/v1/courses/{course['slug']}")
            for module in outline["modules"]:
                for lesson in module["lessons"]:
                    if lesson["access"] == "pro":
                        return self._url(f"/api/learning/v1/lessons/{lesson['id']}")
        raise StuckError("no published course has a Pro lesson")

    async def _get(self, path: str) -> Any | None:
        answer = await self._http.get(self._url(path), headers=self.learner.headers)
        return answer.json() if answer.is_success else None

    async def _api(self, method: str, path: str, *, json: Any = None, expect: int = 200) -> Any:
        """The JSON answer; StuckError for any other status than `expect`."""
        answer = await self._request(method, self._url(path), json=json)
        if answer.status_code != expect:
            raise StuckError(f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    async def _request(self, method: str, url: str, **request: Any) -> httpx.Response:
        """Ask as a person does: while it says "try again", try again."""

        async def answered() -> httpx.Response | None:
            answer = await self._http.request(method, url, **request)
            return None if answer.is_server_error else answer

        return await self._until(f"an answer to {method} {url.partition('?')[0]}", answered)

    def _url(self, path: str) -> str:
        return self.addresses.gateway + path

    async def _until(self, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
        deadline = time.monotonic() + WAIT_SECONDS
        seen: object = None
        while time.monotonic() < deadline:
            try:
                if found := await look():
                    return found
            except httpx.TransportError as error:
                seen = error
            await asyncio.sleep(self.retry_seconds)
        raise StuckError(f"{what} did not come within {WAIT_SECONDS:.0f} s" + (f" ({seen})" if seen else ""))


class Form(HTMLParser):
    """The hidden and prefilled fields of a page's form."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    @classmethod
    def on(cls, page: str) -> Self:
        """Read the form of an HTML page."""
        form = cls()
        form.feed(page)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an input's name and value; of radio buttons, the chosen one."""
        given = dict(attrs)
        if tag == "input" and (name := given.get("name")) and given.get("type") in {"hidden", "text"}:
            self.fields[name] = given.get("value") or ""


STEPS: dict[str, Callable[[Walk], Awaitable[None]]] = {
    "register": Walk.register,
    "the welcome mail comes": Walk.read_welcome_mail,
    "verify the address": Walk.verify,
    "sign in": Walk.sign_in,
    "Pro content is refused": Walk.be_refused_pro,
    "open a checkout": Walk.choose_pro,
    "pay": Walk.pay,
    "the tier is pro": Walk.become_pro,
    "Pro content opens": Walk.open_pro_content,
    'the feed says "Upgraded to Pro"': Walk.read_feed,
    "the receipt comes": Walk.read_receipt,
}


async def walk(
    addresses: Addresses,
    *,
    after_step: Callable[[str, float], Awaitable[None]] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Walk:
    """Walk the whole main job with somebody new. `after_step` gets each step's name and seconds. Raises StuckError.

    `transport` is another way there than these names lead.
    """
    async with httpx.AsyncClient(timeout=10, trust_env=False, transport=transport) as client:
        way = Walk(addresses, client, Learner.somebody_new())
        for name, step in STEPS.items():
            started = time.monotonic()
            await step(way)
            if after_step:
                await after_step(name, time.monotonic() - started)
        return way
