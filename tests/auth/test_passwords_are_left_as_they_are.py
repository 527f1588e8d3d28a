"""What people choose is taken as they typed it, for as long as they like, and nobody is given or asked for anything else."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from uuid_utils.compat import uuid7

from services.auth.domain.passwords import LONGEST
from services.auth.domain.sign_in import Credentials, sign_in
from services.auth.main import create_app
from services.auth.settings import Settings
from tests.auth import people
from tests.auth.conftest import SECRETS
from tests.auth.fakes import GOOD_PASSWORD, NOON, FakeUow, ada, gate_of
from tests.running import Running, running

DOCUMENT = Path(__file__).parents[2] / "docs/openapi/auth.json"
LONG = "seven quiet lanterns adrift upon the river, " * 3
LONG = LONG[: LONGEST - 1] + "!"


async def test_every_character_of_a_long_password_counts(auth: Running) -> None:
    email, _ = await people.registered(auth, password=LONG)
    assert len(LONG) == LONGEST >= 64
    assert (await people.sign_in(auth, email, LONG[:-1])).status_code == 401
    assert (await people.sign_in(auth, email, LONG[:-1] + "?")).status_code == 401
    assert (await people.sign_in(auth, email, LONG)).status_code == 200


@pytest.mark.parametrize("typed", [people.PASSWORD.upper(), people.PASSWORD.title(), f" {people.PASSWORD} "])
async def test_letter_case_and_spaces_count(auth: Running, typed: str) -> None:
    email, _ = await people.registered(auth)
    assert (await people.sign_in(auth, email, typed)).status_code == 401
    spacious, _ = await people.registered(auth, password=typed)
    assert (await people.sign_in(auth, spacious, people.PASSWORD)).status_code == 401
    assert (await people.sign_in(auth, spacious, typed)).status_code == 200


async def test_a_password_is_good_for_years() -> None:
    uow, user = FakeUow(), ada()
    uow.state.users[user.id] = user
    credentials = Credentials(email=user.email, password=GOOD_PASSWORD, client="api")
    gate = gate_of(uow)
    opened = await sign_in(uow, credentials, gate=gate, session_id=uuid7(), at=NOON + timedelta(days=20 * 365))
    assert opened.user_id == user.id


async def test_the_page_for_a_new_password_masks_it_and_lets_a_manager_fill_it(auth: Running) -> None:
    shown = await auth.client.get(f"{people.API}/password-resets/confirmation?token=x", headers={"accept": "text/html"})
    (field,) = re.findall(r'<input[^>]*name="password"[^>]*>', shown.text)
    assert 'type="password"' in field
    assert 'autocomplete="new-password"' in field
    assert not re.search(r"<script|\son[a-z]+=", shown.text)  # so nothing can keep a password from being pasted
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert "script-src" not in shown.headers["content-security-policy"]


def test_nobody_is_asked_for_a_hint_or_a_secret_question() -> None:
    names = set(re.findall(r'"([a-z_]+)": \{', json.dumps(json.loads(DOCUMENT.read_text(encoding="utf-8")))))
    assert "current_password" in names
    assert [name for name in names if re.search("hint|question|answer|mother|pet", name)] == []


async def test_without_being_asked_auth_makes_no_account(database_url: str) -> None:
    without = {name: secret for name, secret in SECRETS.items() if name != "auth-demo-password"}
    assert Settings.model_fields["demo"].default is False
    async with running(create_app, Settings, database_url, secrets=without) as run:
        # It would have needed the password that it was not given.
        assert (await run.client.get("/readyz")).status_code == 200
