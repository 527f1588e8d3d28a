"""A cursor is good for the list it was given for, and for nothing else."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from shared.http.cursors import LONGEST_CURSOR, CursorInvalid, CursorOf, Cursors

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADA, BRIAN = uuid7(), uuid7()


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Where a page ended."""

    at: datetime
    id: UUID


CURSORS = Cursors("k" * 32, secret="probe-cursor-key")
FEED = CursorOf(CURSORS, "feed", Mark)
PLACE = Mark(at=START, id=ADA)


@given(at=st.datetimes(timezones=st.just(UTC)), entry=st.uuids(), person=st.uuids())
def test_a_cursor_opens_to_the_very_place_it_was_sealed_for(at: datetime, entry: UUID, person: UUID) -> None:
    cursor = FEED.seal(Mark(at=at, id=entry), person)
    assert FEED.open(cursor, person) == Mark(at=at, id=entry)
    assert len(cursor) < LONGEST_CURSOR
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&?# ")


@given(place=st.integers(0, len(FEED.seal(PLACE, ADA)) - 1), other=st.characters())
def test_no_character_of_a_cursor_can_be_changed(place: int, other: str) -> None:
    cursor = FEED.seal(PLACE, ADA)
    changed = cursor[:place] + other + cursor[place + 1 :]
    if changed == cursor:
        return
    with pytest.raises(CursorInvalid):
        FEED.open(changed, ADA)


@given(text=st.text(max_size=200))
def test_what_we_did_not_make_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        FEED.open(text, ADA)


@pytest.mark.parametrize("kind", [int, str])
def test_a_cursor_is_spelt_in_one_way_only(kind: type[int] | type[str]) -> None:
    cursors: CursorOf[int | str] = CursorOf(CURSORS, "list", kind)
    cursor = cursors.seal(kind(70000))
    spare = chr(ord(cursor[-1]) + 1)
    for other in (cursor[:8] + "!" + cursor[8:], cursor + "=", cursor + "\n", cursor[:-1] + spare):
        with pytest.raises(CursorInvalid):
            cursors.open(other)


def test_without_a_cursor_the_first_page_is_meant() -> None:
    assert FEED.open(None, ADA) is None


@pytest.mark.parametrize(
    ("cursors", "asked"),
    [
        (FEED, (BRIAN,)),
        (FEED, ()),
        (FEED, (ADA, "pro")),
        (FEED, (str(ADA)[:-1], str(ADA)[-1:])),
        (CursorOf(CURSORS, "messages", Mark), (ADA,)),
        (CursorOf(Cursors("o" * 32, secret="other"), "feed", Mark), (ADA,)),
    ],
    ids=["another's", "nobody's", "another filter", "cut elsewhere", "another list", "another key"],
)
def test_a_cursor_of_another_list_is_refused(cursors: CursorOf[Mark], asked: tuple[object, ...]) -> None:
    with pytest.raises(CursorInvalid):
        cursors.open(FEED.seal(PLACE, ADA), *asked)


def test_no_filter_is_not_the_filter_none() -> None:
    with pytest.raises(CursorInvalid):
        FEED.open(FEED.seal(PLACE, ADA, None), ADA, "None")


def test_a_place_of_an_earlier_release_is_refused_and_no_failure() -> None:
    before = CursorOf(CURSORS, "feed", int).seal(7, ADA)
    with pytest.raises(CursorInvalid):
        FEED.open(before, ADA)


def test_a_short_key_stops_the_start() -> None:
    with pytest.raises(ValueError, match="probe-cursor-key"):
        Cursors("short", secret="probe-cursor-key")
