import subprocess
import sys
from pathlib import Path

import pytest

from tests.toolchain.making import Counting, a_pin, a_toolchain
from tools.toolchain.__main__ import clean, path, prepare, show

REPOSITORY = Path(__file__).parents[2]


def command(cache: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": "", "HOME": str(cache), "CODEZEST_CACHE": str(cache)}
    line = [sys.executable, "-m", "tools.toolchain", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=30, check=False, cwd=REPOSITORY, env=environ)


def test_asking_for_a_missing_program_says_how_to_get_it_and_fails(tmp_path: Path) -> None:
    answer = command(tmp_path / "cache", "path", "daprd")
    assert answer.returncode == 1
    assert answer.stderr == "daprd is not here yet: `python -m tools.toolchain prepare daprd` gets it.\n"


def test_preparing_an_unknown_program_is_one_message(tmp_path: Path) -> None:
    answer = command(tmp_path / "cache", "prepare", "emacs")
    assert answer.returncode == 1
    assert answer.stderr.startswith("there is no program called emacs; known are postgres, ")


def test_the_list_shows_every_program_and_the_cache(tmp_path: Path) -> None:
    answer = command(tmp_path / "cache", "list")
    assert answer.returncode == 0
    for name in ("daprd", "sentry", "otelcol", "postgres", "npm", "zipkin"):
        assert f"\n{name} " in f"\n{answer.stdout}"
    assert f"Cache: {tmp_path / 'cache'}" in answer.stdout


def test_preparing_all_makes_each_pin_once_and_the_second_time_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = Counting()
    both = a_pin(tmp_path, programs={"greet": "bin/greet", "wave": "bin/wave"})
    tools = a_toolchain(tmp_path / "cache", both, a_pin(tmp_path, name="sing", programs={"sing": "s"}), recipe=recipe)
    assert prepare(tools, []) == prepare(tools, []) == 0
    assert recipe.made == ["greet", "sing"]
    assert capsys.readouterr().out.count("[1/2] greet: ") == 2


def test_only_the_named_programs_are_prepared(tmp_path: Path) -> None:
    recipe = Counting()
    tools = a_toolchain(
        tmp_path / "cache", a_pin(tmp_path), a_pin(tmp_path, name="sing", programs={"sing": "s"}), recipe=recipe
    )
    prepare(tools, ["sing"])
    assert recipe.made == ["sing"]
    assert path(tools, "sing") == 0


def test_a_group_is_prepared_only_when_it_is_named(tmp_path: Path) -> None:
    recipe = Counting()
    sing = a_pin(tmp_path, name="sing", programs={"sing": "s"}, group="choir")
    tools = a_toolchain(tmp_path / "cache", a_pin(tmp_path), sing, recipe=recipe)
    prepare(tools, [])
    assert recipe.made == ["greet"]
    prepare(tools, [], "choir")
    assert recipe.made == ["greet", "sing"]


def test_the_list_tells_ready_from_missing_and_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pin, other = a_pin(tmp_path), a_pin(tmp_path, name="sing", programs={"sing": "s"})
    tools = a_toolchain(tmp_path / "cache", pin, other)
    prepare(tools, ["greet"])
    tools.cache.entry(other).mkdir()
    show(tools)
    assert state_of("sing", capsys) == "damaged: it will be made anew"
    tools.cache.entry(other).rmdir()
    show(tools)
    assert state_of("sing", capsys) == "missing: about 1 s"
    show(tools)
    assert state_of("greet", capsys) == "0 MB  ready"
    clean(tools)
    assert not (tmp_path / "cache").exists()


def state_of(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith(f"{name} "))
    return line.split("1.2.3", 1)[1].strip()
