"""An instance's folder: one supervisor at a time, and never a folder that is someone else's."""

from pathlib import Path

import pytest

from tools.local.home import Home, write_private
from tools.local.problem import Problem


def test_a_second_holder_is_told_that_it_runs_already(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    assert not home.is_held()
    with home.lock():
        assert home.is_held()
        with pytest.raises(Problem, match="running already"), home.lock():
            pass
    assert not home.is_held()


def test_a_folder_with_other_things_in_it_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Problem, match="not made by CodeZest"):
        Home(tmp_path).create()


def test_a_folder_of_someone_else_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Problem, match="not made by CodeZest"):
        Home(tmp_path).forget()
    assert (tmp_path / "thesis.txt").exists()


def test_forgetting_leaves_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    write_private(home.secrets_file, "{}")
    home.forget()
    assert not home.path.exists()
    home.forget()


def test_a_running_instance_is_not_forgotten(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    with home.lock(), pytest.raises(Problem, match="running already"):
        home.forget()
    assert home.path.exists()


def test_a_path_too_long_for_the_control_socket_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="too long"):
        Home(tmp_path / ("x" * 100)).create()
