"""`make bus` and its like: within 100 columns, IDs whole, and words instead of tracebacks."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from shared.bus.overview import (
    BusOverview,
    CursorShown,
    HeadShown,
    OutboxShown,
    ParkedCount,
    ParkedPage,
    ParkedShown,
    ParkedState,
)
from tools.bus.__main__ import main
from tools.bus.admin import Admin
from tools.bus.tables import show_buses, show_parked
from tools.local.problem import Problem

KEY = "0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11"
Capture = pytest.CaptureFixture[str]


def overview(service: str, head: int, *cursors: CursorShown, parked: list[ParkedCount] | None = None) -> BusOverview:
    return BusOverview(
        service=service,
        head=HeadShown(position=head, epoch="1-2", epoch_start=0),
        outbox=OutboxShown(rows=3, oldest_seconds=130),
        cursors=list(cursors),
        parked=parked or [],
        skipped=4,
    )


def cursor(source: str, position: int, *, source_head: int | None = None, stopped: bool = False) -> CursorShown:
    return CursorShown(
        consumer="activity",
        source=source,
        position=position,
        types=[],
        version=1,
        epoch="1-2",
        source_head=source_head,
        tries=0,
        stopped=stopped,
    )


def parked(parked_id: str, *, state: ParkedState = "dead", behind: int = 0, reason: str = "no") -> ParkedShown:
    return ParkedShown(
        id=parked_id,
        type="auth.user-created.v1",
        key=KEY,
        state=state,
        tries=12,
        next_try_at=datetime.now(UTC) + timedelta(seconds=200),
        reason=reason,
        behind=behind,
    )


def lines(capture: Capture) -> list[str]:
    """What was printed; nothing of it is wider than 100 columns."""
    found = capture.readouterr().out.splitlines()
    assert max(map(len, found)) <= 100
    return found


def row(lines: list[str], *starts: str) -> list[str]:
    """The cells of the one row that begins with these."""
    (found,) = [line.split() for line in lines if tuple(line.split()[: len(starts)]) == starts]
    return found[len(starts) :]


def test_a_source_shows_its_head_and_outbox(capsys: Capture) -> None:
    show_buses({"auth": overview("auth", 41)})
    assert row(lines(capsys), "auth") == ["41", "3", "2", "min", "4"]


def test_a_consumer_shows_how_far_it_is_behind_each_source(capsys: Capture) -> None:
    counts = [ParkedCount(consumer="activity", source="auth", state=state, events=2) for state in ("dead", "waiting")]
    activity = overview("activity", 0, cursor("auth", 40), cursor("learning", 9), parked=counts)
    show_buses({"auth": overview("auth", 41), "learning": overview("learning", 9), "activity": activity})
    shown = lines(capsys)
    assert row(shown, "activity", "auth") == ["40", "1", "2", "dead,", "2", "waiting"]
    assert row(shown, "activity", "learning") == ["9", "0"]
    assert "Dead events wait for you." in shown[-1]


def test_a_source_that_is_down_hides_nothing_of_the_others(capsys: Capture) -> None:
    down = Problem("auth is unreachable (503).", "`make logs SERVICE=auth` says why.")
    known = overview("activity", 0, cursor("auth", 40, source_head=44), cursor("learning", 1))
    show_buses({"auth": down, "activity": known})
    shown = lines(capsys)
    assert row(shown, "activity", "auth") == ["40", ">=", "4"]
    assert row(shown, "activity", "learning") == ["1", "?"]
    assert shown[-2:] == [down.cause, f"  {down.remedy}"]


def test_a_lane_that_stopped_is_shown_and_where_to_read_why(capsys: Capture) -> None:
    show_buses({"auth": overview("auth", 41), "activity": overview("activity", 0, cursor("auth", 40, stopped=True))})
    shown = lines(capsys)
    assert row(shown, "activity", "auth") == ["40", "stopped"]
    assert "make logs SERVICE=activity" in shown[-1]


def test_what_is_parked_for_a_source_that_nobody_follows_any_more_is_shown(capsys: Capture) -> None:
    left = ParkedCount(consumer="activity", source="gone", state="dead", events=1)
    show_buses({"activity": overview("activity", 0, parked=[left])})
    assert row(lines(capsys), "activity", "gone") == ["1", "dead"]


def test_a_parked_events_id_can_be_copied_and_its_reason_is_short(capsys: Capture) -> None:
    longest = "notifications/payments.subscription-activated/payments/123456789"
    reason = f"DBAPIError: [not a tag] {'x ' * 400}\n[SQL: INSERT INTO message]"
    show_parked({"notifications": ParkedPage(items=[parked(longest, reason=reason)], next=None)})
    shown = lines(capsys)
    row(shown, longest)
    text = " ".join(" ".join(shown).split())
    for told in (KEY, "auth.user-created.v1", "dead", "12", "never", "[not a tag]", "..."):
        assert told in text
    assert "SQL" not in text


def test_a_parked_event_shows_what_it_waits_for(capsys: Capture) -> None:
    items = [parked("a/b/1", state="retrying"), parked("a/b/2", state="retrying", behind=3)]
    show_parked({"a": ParkedPage(items=items, next="a/b/2")})
    shown = lines(capsys)
    assert row(shown, "a/b/1")[:5] == ["retrying", "12", "in", "3", "min"]
    assert row(shown, "a/b/2")[:4] == ["retrying", "12", "after", "3"]
    assert any("a has more than these 2" in line for line in shown)


def test_that_nothing_is_parked_is_not_said_when_nobody_answered(capsys: Capture) -> None:
    show_parked({"auth": ParkedPage(items=[], next=None)})
    assert lines(capsys) == ["Nothing is parked."]
    show_parked({"auth": Problem("auth is unreachable.", "Start it.")})
    assert lines(capsys) == ["auth is unreachable.", "  Start it."]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["redrive"], "make redrive ID="),
        (["skip"], 'make skip ID=... REASON="..."'),
        (["skip", "--id=activity/auth/14", "--reason= "], "make skip ID=activity/auth/14 REASON="),
        (["parked", "--state=gone"], "Use retrying, waiting, dead"),
        (["show"], "make up"),
        (["redrive", "--id=activity/auth/14"], "make up"),
    ],
)
def test_a_command_that_cannot_run_says_what_to_write(
    arguments: list[str], told: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main([*arguments, f"--home={tmp_path}"]) == 1
    assert told in " ".join(capsys.readouterr().err.split())


async def test_services_are_asked_at_once_and_each_answers_for_itself() -> None:
    everybody = asyncio.Barrier(4)

    async def answer(request: httpx.Request) -> httpx.Response:
        async with asyncio.timeout(10):
            await everybody.wait()
        match request.url.path:
            case "/api/auth/v1/bus":
                return httpx.Response(200, json={"service": "auth"})
            case "/api/learning/v1/bus":
                return httpx.Response(503, text="no available server")
            case "/api/payments/v1/bus":
                raise httpx.ConnectError("refused")
        problem = {"detail": "This needs the role admin."}
        return httpx.Response(403, json=problem, headers={"content-type": "application/problem+json"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://gateway") as client:
        answers = await Admin(client, ["auth", "learning", "payments", "activity"]).ask_all("")
    assert answers["auth"] == {"service": "auth"}
    assert str(answers["learning"]).startswith("learning is unreachable (503 Service Unavailable). `make status`")
    assert str(answers["payments"]).startswith("payments is unreachable (ConnectError). `make status`")
    assert str(answers["activity"]) == "activity refused: This needs the role admin. Nothing was changed."
