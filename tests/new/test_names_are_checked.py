"""A name that cannot be a service's is refused with the reason, before anything is written."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.new.copies import ROOT
from tools.new.names import check_name
from tools.new.refusal import Refused

REFUSED = {
    "Certificates": "lower-case",
    "my-service": "lower-case",
    "my_service": "lower-case",
    "1st": "lower-case",
    "x": "2 to 30",
    "x" * 31: "2 to 30",
    "../evil": "lower-case",
    "naïve": "lower-case",
    "auth": "is a service already",
    "learning": "is a service already",
    "lambda": "a word of Python",
    "match": "a word of Python",
    "email": "standard library",
    "operator": "standard library",
    "user": "reserved word of SQL",
    "order": "reserved word of SQL",
    "bus": "part of shared/",
    "schema": "part of shared/",
    "event": "part of shared/",
    "contracts": "folder of tests",
    "toolchain": "folder of tests",
    "gateway": "program of the local platform",
    "zipkin": "program of the local platform",
    "postgres": "program of the local platform",
    "public": "means something else",
    "tools": "means something else",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_is_refused_with_its_reason(name: str) -> None:
    with pytest.raises(Refused, match=REFUSED[name]):
        check_name(name, ROOT)


@pytest.mark.parametrize("name", ["certificates", "grader", "web2", "ab", "x" * 30])
def test_a_good_name_passes(name: str) -> None:
    check_name(name, ROOT)


@pytest.mark.parametrize(("words", "reason"), [(["auth"], "is a service already"), ([], "name the service")])
def test_the_command_says_why_and_fails(words: list[str], reason: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.new", *words], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_a_service_that_was_just_made_is_taken(tmp_path: Path) -> None:
    for folder in ("services/grader", "shared/db", "shared/events", "tests"):
        (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(Refused, match="is a service already"):
        check_name("grader", tmp_path)
