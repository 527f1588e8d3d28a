"""Log files: the last run's is kept once, a large one is cut, and following survives both."""

from pathlib import Path

import pytest

from tools.local import logs
from tools.local.__main__ import main


def test_a_start_puts_the_last_log_aside_and_keeps_one(tmp_path: Path) -> None:
    log = tmp_path / "auth-1.log"
    for run in ("first", "second", "third"):
        logs.begin(log)
        logs.append(log, run)
    assert log.read_text() == "third\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["auth-1.log", "auth-1.log.1"]
    assert (tmp_path / "auth-1.log.1").read_text() == "second\n"


def test_a_file_over_the_limit_is_emptied_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "auth-1.log"
    with log.open("ab") as writer:
        writer.write(b"x" * (logs.LARGEST + 1))
        writer.flush()
        logs.shorten(log)
        writer.write(b"after\n")
    assert log.read_text() == "after\n"
    assert (tmp_path / "auth-1.log.1").stat().st_size == logs.LARGEST + 1


def test_a_file_below_the_limit_is_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "auth-1.log"
    log.write_text("short\n")
    logs.shorten(log)
    assert log.read_text() == "short\n"


def test_following_shows_whole_lines_and_starts_anew_after_a_cut(tmp_path: Path) -> None:
    log = tmp_path / "auth-1.log"
    log.write_text("before\n")
    steps = iter(["before\none\nhal", "new\n"])

    def write_next() -> bool:
        content = next(steps, None)
        if content is not None:
            log.write_text(content)
        return content is not None

    assert [line for _, line in logs.follow([log], write_next)] == ["one", "new"]


def test_a_services_log_is_that_of_its_replicas_and_not_of_its_sidecars(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in ("auth-1", "auth-2", "auth-1.sidecar", "postgres"):
        (folder / f"{name}.log").write_text(f"from {name}\n")
    assert main(["logs", "auth", f"--home={tmp_path}"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["auth-1", "from", "auth-1"],
        ["auth-2", "from", "auth-2"],
    ]


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "postgres.log").write_text("x\n")
    assert main(["logs", "nobody", f"--home={tmp_path}"]) == 1
    assert "These exist: postgres." in capsys.readouterr().err
