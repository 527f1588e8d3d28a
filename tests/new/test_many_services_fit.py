"""One service after the other finds its place, however the lines have grown, until there are no more ports."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from tests.new.copies import copy_of_the_repository, module
from tools.local.daprfile import read_apps
from tools.new.entries import changed_files
from tools.new.refusal import Refused

pytestmark = pytest.mark.thorough


def enter(house: Path, name: str) -> None:
    """What `make new` enters elsewhere, laid out as it would be."""
    changed = changed_files(name, house)
    for path, text in changed.items():
        (house / path).write_text(text)
    module(house, "ruff", "format", "--quiet", *(path for path in changed if path.endswith(".py")))


def enter_until_refused(house: Path) -> tuple[list[str], str]:
    """The services that found room, and why the next one did not."""
    made: list[str] = []
    while True:
        name = f"averyverylongservicename{len(made)}"
        try:
            enter(house, name)
        except Refused as reason:
            return made, str(reason)
        made.append(name)


def test_services_are_entered_until_the_ports_end(tmp_path: Path) -> None:
    house = copy_of_the_repository(tmp_path)
    made, reason = enter_until_refused(house)
    assert "no room for five ports" in reason
    assert made, "there is no room for even one more service"
    apps = read_apps(house / "dapr.yaml")
    ports = [port for app in apps for port in app.ports.all()]
    assert [app.id for app in apps[-len(made) :]] == made
    assert len(ports) == len(set(ports))
    assert set(made) <= set(yaml.safe_load((house / "components/pubsub.yaml").read_text())["scopes"])
    loop = yaml.safe_load((house / "skaffold.yaml").read_text())
    assert [one["image"] for one in loop["build"]["artifacts"][-len(made) :]] == [f"codezest-{name}" for name in made]
    assert [one["name"] for one in loop["deploy"]["helm"]["releases"][-len(made) :]] == made
    handler = (house / "services/activity/api/events.py").read_text()
    followed = ast.literal_eval(re.findall(r"of=(\([^)]*\))", handler)[0])
    assert set(made) <= set(followed)
