"""Who waits for the verification mail has it sent again, not more than once a minute."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from shared.db.auth import user_account
from tests.auth.people import API, bearer, facts_about, signed_in, user_id_of, verification_link
from tests.auth.test_the_verification_page import token_of
from tests.running import Running

AGAIN = f"{API}/email-verification/requests"


async def test_it_is_sent_again_and_then_again_after_a_minute(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    user_id = await user_id_of(auth, email)
    assert (await auth.client.post(AGAIN, headers=bearer(tokens))).status_code == 202
    soon = await auth.client.post(AGAIN, headers=bearer(tokens))
    assert soon.status_code == 429
    assert 0 < int(soon.headers["retry-after"]) <= 60
    async with auth.database.transaction() as session:
        earlier = datetime.now(UTC) - timedelta(minutes=1)
        mine = update(user_account).where(user_account.c.id == user_id)
        await session.execute(mine.values(verification_sent_at=earlier))
    assert (await auth.client.post(AGAIN, headers=bearer(tokens))).status_code == 202
    assert (await facts_about(auth, user_id)).count("verification-requested") == 2


async def test_who_is_verified_is_told_so(auth: Running) -> None:
    email, tokens = await signed_in(auth)
    link = await verification_link(auth, await user_id_of(auth, email))
    await auth.client.post(f"{API}/email-verification", json={"token": token_of(link)})
    answer = await auth.client.post(AGAIN, headers=bearer(tokens))
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "already-verified")
