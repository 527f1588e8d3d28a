"""What is shown of the buses of all services, within 100 columns."""

import sys
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from shared.bus.overview import BusOverview, CursorShown, ParkedPage, ParkedShown, Redriven, SkippedShown
from tools.local.problem import Problem

# A pipe has no width: it gets the one that fits everywhere.
OUT = Console(highlight=False, width=None if sys.stdout.isatty() else 100)
LONGEST_REASON = 200
WORDS = {"source", "consumer", "parked", "state", "ID, type and key, reason"}
STYLES = {"dead": "bold red", "retrying": "yellow", "waiting": "cyan"}


def show_buses(answers: Mapping[str, BusOverview | Problem]) -> None:
    """Every service's log, then every consumer's place in others' logs."""
    known = {service: answer for service, answer in answers.items() if isinstance(answer, BusOverview)}
    OUT.print(_sources(known))
    OUT.print(_lanes(known))
    _unreachable(answers)
    for service, overview in known.items():
        if any(cursor.stopped for cursor in overview.cursors):
            _say(f"{service} has stopped a lane: `make logs SERVICE={service}` says why, at level critical.")
    states = {count.state for overview in known.values() for count in overview.parked}
    if states:
        _say("`make parked` shows what is parked and why." + " Dead events wait for you." * ("dead" in states))


def _sources(known: Mapping[str, BusOverview]) -> Table:
    table = _table("source", "head", "in outbox", "oldest", "skipped")
    for service, overview in known.items():
        outbox, age = overview.outbox, overview.outbox.oldest_seconds
        oldest = "" if age is None else _span(timedelta(seconds=age))
        table.add_row(service, *map(str, (overview.head.position, outbox.rows, oldest, overview.skipped)))
    return table


def _lanes(known: Mapping[str, BusOverview]) -> Table:
    table = _table("consumer", "source", "cursor", "behind", "tries", "parked")
    for overview in known.values():
        parked: dict[tuple[str, str], list[str]] = defaultdict(list)
        for count in overview.parked:
            parked[count.consumer, count.source].append(f"[{STYLES[count.state]}]{count.events} {count.state}[/]")
        for cursor in overview.cursors:
            lane = (cursor.consumer, cursor.source)
            behind = _behind(cursor, known.get(cursor.source))
            table.add_row(*lane, str(cursor.position), behind, str(cursor.tries or ""), ", ".join(parked.pop(lane, [])))
        for lane, counts in parked.items():  # of a source that is not followed any more
            table.add_row(*lane, "", "", "", ", ".join(counts))
    return table


def _behind(cursor: CursorShown, source: BusOverview | None) -> str:
    if cursor.stopped:
        return "[bold red]stopped[/]"
    if source is None:
        return "?" if cursor.lag is None else f">= {cursor.lag}"
    return str(max(0, source.head.position - cursor.position))


def show_parked(answers: Mapping[str, ParkedPage | Problem]) -> None:
    """Every parked event: its ID to copy, what it is, how it stands and why."""
    pages = {service: answer for service, answer in answers.items() if isinstance(answer, ParkedPage)}
    items = [item for page in pages.values() for item in page.items]
    if items:
        table = _table("ID, type and key, reason", "state", "tries", "next try", leading=1)
        for item in items:
            table.add_row(_what(item), f"[{STYLES[item.state]}]{item.state}[/]", str(item.tries), _next(item))
        OUT.print(table)
    elif pages:
        _say("Nothing is parked.")
    for service, page in pages.items():
        if page.next:
            _say(f"{service} has more than these {len(page.items)}: STATE=dead shows those that wait for you.")
    _unreachable(answers)
    if items:
        _say('Mend the cause, then `make redrive ID=...`; or give one up: `make skip ID=... REASON="..."`.')


def show_redriven(redriven: Redriven) -> None:
    """What a redrive does now."""
    events = "1 event" if redriven.events == 1 else f"{redriven.events} events"
    _say(f"{events} will be tried again within a second or two, {redriven.first} first.")
    _say(f"All are of key {redriven.key}. `make parked` shows whether any failed again.")


def show_skipped(skipped: SkippedShown, by: str) -> None:
    """What was given up, and that it was written down."""
    _say(f"{skipped.id} is skipped: {skipped.type} is not applied, and its key goes on without it.")
    _say(f"Recorded for ever: by {by}, because: {escape(skipped.why)}")


def _what(item: ParkedShown) -> str:
    reason = item.reason.partition("\n")[0]  # a database's error goes on with its statement
    short = reason if len(reason) <= LONGEST_REASON else f"{reason[:LONGEST_REASON]} ..."
    return f"[bold]{escape(item.id)}[/]\n[dim]{escape(item.type)} of {escape(item.key)}[/]\n{escape(short)}"


def _next(item: ParkedShown) -> str:
    if item.behind:
        return f"after {item.behind}"
    if item.state == "dead":
        return "never"
    wait = item.next_try_at - datetime.now(UTC)
    return "now" if wait <= timedelta() else f"in {_span(wait)}"


def _span(span: timedelta) -> str:
    """A duration in its biggest unit, rounded down: 59 s, 3 min, 2 h, 5 d."""
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _unreachable(answers: Mapping[str, object]) -> None:
    for answer in answers.values():
        if isinstance(answer, Problem):
            _say(f"[bold red]{escape(answer.cause)}[/]", f"  {escape(answer.remedy)}")


def _say(*lines: str) -> None:
    """Sentences as they are: a break in the middle of a command could not be copied."""
    for line in lines:
        OUT.print(line, soft_wrap=True)


def _table(*titles: str, leading: int = 0) -> Table:
    table = Table(box=SIMPLE, leading=leading)
    for title in titles:
        words = title in WORDS
        # Only a reason may wrap: an ID is copied whole.
        table.add_column(title, justify="left" if words else "right", no_wrap=not words, overflow="fold")
    return table
