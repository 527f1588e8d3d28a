"""Whoever uses an interface today can use it tomorrow: what would break them is found, and agreed to in writing or not done."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.contracts.breaking import AGREED, Breakage, baseline, breakages, not_agreed, since
from tools.contracts.documents import ROOT

pytestmark = pytest.mark.thorough  # oasdiff is fetched by `make tools`

Change = Callable[[dict[str, Any]], None]


def lose_a_field(document: dict[str, Any]) -> None:
    me = document["components"]["schemas"]["Me"]
    del me["properties"]["timezone"]
    me["required"].remove("timezone")


def demand_a_field(document: dict[str, Any]) -> None:
    new = document["components"]["schemas"]["NewUser"]
    new["properties"]["birthday"] = {"type": "string"}
    new["required"].append("birthday")


def demand_a_parameter(document: dict[str, Any]) -> None:
    parameter = {"name": "reason", "in": "query", "required": True, "schema": {"type": "string"}}
    document["paths"]["/api/auth/v1/me"]["get"].setdefault("parameters", []).append(parameter)


def lose_an_operation(document: dict[str, Any]) -> None:
    del document["paths"]["/api/auth/v1/me"]["get"]


def narrow_a_field(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["NewUser"]["properties"]["name"]["maxLength"] = 5


def add_a_field(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["Me"]["properties"]["nickname"] = {"type": "string"}


def compared(tmp_path: Path, change: Change, *, meanwhile: Change = lambda _: None) -> list[Breakage]:
    """What `change` breaks of the document as it is, or as it was after `meanwhile`."""
    document = json.loads((ROOT / "docs" / "openapi" / "auth.json").read_text())
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    meanwhile(document)
    before.write_text(json.dumps(document))
    change(document)
    after.write_text(json.dumps(document))
    return breakages(before, after)


@pytest.mark.parametrize(
    "change", [lose_a_field, demand_a_field, demand_a_parameter, lose_an_operation, narrow_a_field]
)
def test_what_breaks_a_client_is_found(tmp_path: Path, change: Change) -> None:
    assert compared(tmp_path, change)


def test_what_breaks_nobody_is_not(tmp_path: Path) -> None:
    assert compared(tmp_path, add_a_field) == []


def test_a_breakage_that_is_agreed_to_passes_and_no_other(tmp_path: Path) -> None:
    found = compared(tmp_path, lose_an_operation)
    (one,) = found
    assert not_agreed(found, "") == found
    assert not_agreed(found, f"# Agreed\n\n{one}\n") == []
    for other in (
        f"- `{one.id}` `{one.operation}` `{one.mark}`:\n",  # an entry has a reason
        f"- `{one.id}` `{one.operation}`: nobody used it\n",
        f"- `{one.id}` `*` `{one.mark}`: nobody used it\n",
        f"- `{one.id}` `GET /api/learning/v1/courses` `{one.mark}`: nobody used it\n",
        f"- `{one.id}` `{one.operation}` `{'0' * 12}`: nobody used it\n",
    ):
        assert not_agreed(found, other) == found, other


@pytest.mark.parametrize("elsewhere", ["in the operation", "in its schema", "in another one's"])
def test_what_was_agreed_to_lapses_as_soon_as_the_operation_is_another(tmp_path: Path, elsewhere: str) -> None:
    def demand_signing_in(document: dict[str, Any]) -> None:
        document["paths"]["/api/auth/v1/users"]["post"]["security"] = [{"bearer": []}]

    def change(document: dict[str, Any]) -> None:
        schemas, operation = document["components"]["schemas"], document["paths"]["/api/auth/v1/users"]["post"]
        what = {
            "in the operation": operation["responses"]["202"],
            "in its schema": schemas["NewUser"],
            "in another one's": schemas["Me"],
        }
        what[elsewhere]["description"] = "Said otherwise"

    then = compared(tmp_path, demand_signing_in)
    now = compared(tmp_path, demand_signing_in, meanwhile=change)
    assert [one.id for one in then] == [one.id for one in now] == ["api-security-anonymous-access-removed"]
    agreed = "".join(f"{one}\n" for one in then)
    assert not_agreed(then, agreed) == []
    assert not_agreed(now, agreed) == ([] if elsewhere == "in another one's" else now)


def git(repository: Path, *words: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *who, *words], cwd=repository, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def commit(repository: Path, text: str) -> str:
    file = repository / "docs" / "openapi" / "x.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    git(repository, "add", "-A")
    git(repository, "commit", "-m", text)
    return git(repository, "rev-parse", "HEAD")


def test_a_change_is_compared_with_what_it_started_from(tmp_path: Path) -> None:
    git(tmp_path, "init", "--initial-branch=main")
    first = commit(tmp_path, "first")
    assert baseline(tmp_path) is None, "nothing came before the first"
    second = commit(tmp_path, "second")
    git(tmp_path, "commit", "--allow-empty", "-m", "something else")
    assert baseline(tmp_path) == first, "a clean checkout judges the newest change again"
    (tmp_path / "docs" / "openapi" / "x.json").write_text("third, not committed")
    assert baseline(tmp_path) == git(tmp_path, "rev-parse", "HEAD")
    git(tmp_path, "checkout", "-q", "-b", "work")
    commit(tmp_path, "third")
    commit(tmp_path, "fourth")
    assert baseline(tmp_path) == git(tmp_path, "rev-parse", "main")
    assert second


def test_without_history_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    assert baseline(tmp_path) is None


def test_a_document_that_vanishes_breaks_everybody(tmp_path: Path) -> None:
    git(tmp_path, "init", "--initial-branch=main")
    first = commit(tmp_path, "{}")
    (tmp_path / "docs" / "openapi" / "x.json").unlink()
    ((name, found),) = since(first, tmp_path)
    assert name == "docs/openapi/x.json"
    assert [one.id for one in found] == ["document-removed"]


def test_no_client_is_broken_by_the_documents_as_they_are_now() -> None:
    commit_before = baseline()
    found = [one for _, broken in since(commit_before) for one in broken] if commit_before else []
    left = not_agreed(found, (ROOT / AGREED).read_text())
    assert not left, (
        f"This breaks clients of {commit_before}. Keep what was there, or say in {AGREED} why clients can live with it:\n"
        + "\n".join(map(str, left))
    )
