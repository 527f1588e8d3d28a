"""docs/security.md answers every requirement of OWASP ASVS 5.0.0, chapters V6 to V10, and what it cites exists."""

import ast
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.auth.api.users import MeEdit
from services.auth.domain import access_tokens, links, sessions
from services.auth.domain.failures import MOST_FAILURES, WINDOW
from services.auth.domain.passwords import SHORTEST, WORN_WORDS
from tools.database.services import services

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
AUTH = "/api/auth/v1"

# By section, the level of each requirement: 6.1.1 is of level 1, 6.1.2 and 6.1.3 of level 2.
LEVELS = """
    6.1 122, 6.2 111111112222, 6.3 11223333, 6.4 112233, 6.5 22222333, 6.6 2223, 6.7 33, 6.8 2222,
    7.1 222, 7.2 1111, 7.3 22, 7.4 11222, 7.5 223, 7.6 22,
    8.1 1233, 8.2 1123, 8.3 133, 8.4 23,
    9.1 111, 9.2 1222,
    10.1 22, 10.2 223, 10.3 22223, 10.4 1111122222233333, 10.5 22222, 10.6 22, 10.7 222
"""
ASKED = {
    f"{section}.{number}": level
    for section, levels in map(str.split, LEVELS.split(","))
    for number, level in enumerate(levels, 1)
    if level != "3"
}
LEAST_SHARE = 0.9  # of what applies, shown by a test

ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.*) \| (.*) \| (.*) \| (.*) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
FILE = re.compile(r"`((?:docs|services|shared|tests|tools)/[\w/.-]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the page says about one requirement."""

    id: str
    level: str
    answer: str
    evidence: str

    @property
    def applies(self) -> bool:
        return not self.answer.startswith("Not applicable: ")

    @property
    def met(self) -> bool:
        return self.applies and not self.answer.startswith("Not met: ")

    @property
    def tested(self) -> bool:
        return self.met and bool(TEST.search(self.evidence))


ROWS = [Row(id=found[0], level=found[1], answer=found[3], evidence=found[4]) for found in ROW.findall(PAGE)]


@cache
def named_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@cache
def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@cache
def documents() -> dict[str, dict[str, Any]]:
    return {name: json.loads((ROOT / f"docs/openapi/{name}.json").read_text(encoding="utf-8")) for name in services()}


def test_every_requirement_is_answered_once() -> None:
    assert Counter(row.id for row in ROWS) == Counter(dict.fromkeys(ASKED, 1))
    assert {row.id: row.level for row in ROWS} == ASKED
    assert len(ASKED) == 96


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_an_answer_is_shown_or_says_why_not(row: Row) -> None:
    reason = row.answer.partition(": ")[2] if not row.met else row.answer
    assert len(reason) >= len("As 9.2.3."), row
    if row.met:
        assert TEST.search(row.evidence) or FILE.search(row.evidence) or LINK.search(row.evidence), row


def test_cited_tests_exist() -> None:
    cited = set(TEST.findall(PAGE))
    assert cited
    missing = [f"{path}::{name}" for path, name in cited if name not in named_in(path)]
    assert missing == []


def test_cited_files_and_places_exist() -> None:
    assert [path for path in FILE.findall(PAGE) if not (ROOT / path).exists()] == []
    for target in LINK.findall(PAGE):
        if not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            file = ROOT / "docs" / (path or "security.md")
            assert file.exists(), target
            assert not anchor or anchor in anchors(file), target


def test_most_of_what_applies_is_shown_by_a_test() -> None:
    applies = [row for row in ROWS if row.applies]
    tested = [row for row in applies if row.tested]
    unmet = [row.id for row in applies if not row.met]
    share = len(tested) / len(applies)
    print(f"{len(ROWS)} requirements, {len(applies)} apply, {share:.0%} shown by a test; not met: {', '.join(unmet)}")  # noqa: T201 - the figure, with pytest -rP
    assert share >= LEAST_SHARE


def section(title: str) -> str:
    found: str = re.split(r"^#+ ", PAGE.partition(f"# {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return found


def test_every_way_in_is_on_the_page() -> None:
    paths = documents()["auth"]["paths"]
    public = {
        f"{method.upper()} {path.removeprefix(AUTH)}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        if operation["x-access"].startswith("public")
    }
    assert set(re.findall(r"^\| `([A-Z]+ /[\w/-]+)` \|", section("Ways in"), re.MULTILINE)) == public


def in_words(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds % length == 0:
            number = seconds // length
            return f"{number} {unit}" + "s" * (number > 1)
    raise AssertionError(span)


def test_the_figures_on_the_page_are_those_of_the_code() -> None:
    promised = section("What is promised")
    assert MOST_FAILURES == 10
    assert f"Ten failures in {in_words(WINDOW)}" in promised
    assert f"lives {in_words(access_tokens.LIFETIME)}" in promised
    for purpose, what in (("verify-email", "confirms an address"), ("reset-password", "sets a password")):
        assert f"{what} for {in_words(links.LIFETIMES[purpose])}" in promised  # type: ignore[index]  # a Literal each
    assert f"lasts {in_words(sessions.LIFETIME)}" in section("Sessions")
    assert f"not refreshed for {in_words(sessions.IDLE)}" in section("Sessions")
    assert f"{SHORTEST} characters or more" in section("One factor")


def test_the_words_on_the_page_are_those_of_the_code() -> None:
    assert ", ".join(WORN_WORDS) in section("Words that a password may not be made of")


def test_what_people_may_write_of_themselves_is_on_the_page() -> None:
    mine = re.findall(r"^\| ([^|]+) \| \w+ \| yes \|", section("Fields"), re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(mine)) == list(MeEdit.model_fields)


@pytest.mark.parametrize("service", services())
def test_no_operation_takes_fields_it_does_not_name(service: str) -> None:
    document = documents()[service]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for body in operation.get("requestBody", {}).get("content", {}).values():
                if not path.endswith("/stripe/webhook"):  # Stripe's own, and signed
                    assert shape(body["schema"], document)["additionalProperties"] is False, f"{method} {path}"


def shape(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    schema = next(iter(schema.get("anyOf", [schema])))
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found
