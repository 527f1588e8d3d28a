"""Built images: they run as nobody in particular on a root that cannot be written, and hold one service alone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.images.containers import Image, an_image, buildah
from tools.database.services import services
from tools.images.builders import BUILDAH
from tools.images.commands import ImageError
from tools.images.context import lay_out, recipe
from tools.toolchain.cache import Cache

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

MOST_MEGABYTES = 200  # over the base
NOBODY = 10001


@pytest.fixture(scope="module", params=services())
def image(request: pytest.FixtureRequest) -> Iterator[Image]:
    with an_image(str(request.param)) as image:
        yield image


def test_it_runs_as_nobody_and_writes_nowhere(image: Image) -> None:
    written = (
        "import os, pathlib; print(os.getuid(), os.getgid(), [p for p in ('/app/x', '/x', '/app/shared/x') if try_(p)])"
    )
    program = f"""
def try_(path):
    try:
        pathlib.Path(path).write_text('x')
    except OSError:
        return False
    return True
{written}
"""
    assert image.python(program).strip() == f"{NOBODY} {NOBODY} []"
    assert image.config["User"] == f"{NOBODY}:{NOBODY}"


def test_all_of_the_service_and_its_jobs_can_be_imported(image: Image) -> None:
    modules = f"services.{image.service}.main, services.{image.service}.settings, shared.http.serve, shared.db.migrate"
    assert image.python(f"import {modules}, uvloop, httptools; print('all')").strip() == "all"


def test_it_has_the_services_locked_distributions_and_no_other(image: Image) -> None:
    listed = (
        "import importlib.metadata as m; print(*sorted(f'{d.name}=={d.version}'.lower() for d in m.distributions()))"
    )
    wanted = recipe(image.service, target="service", base="any").requirements
    pinned = {line.split()[0].lower().replace("_", "-") for line in wanted.splitlines() if not line.startswith(" ")}
    assert {name.replace("_", "-") for name in image.python(listed).split()} == pinned


def test_nothing_of_developers_and_of_other_services_is_in_it(image: Image) -> None:
    app = image.root / "app"
    assert {path.name for path in app.iterdir()} == {".venv", "services", "shared"}
    assert [path.name for path in (app / "services").iterdir() if path.name != "__pycache__"] == [image.service]
    for program in ("pip", "pip3", "uv", "gcc", "cc", "git", "curl"):
        assert not [
            place for place in ("usr/bin", "usr/local/bin", "app/.venv/bin") if (image.root / place / program).exists()
        ]
    assert list(app.rglob("shared/http/__pycache__/edge.*.pyc")), "it is compiled beforehand"


def test_it_says_what_it_is_and_keeps_no_secret(image: Image) -> None:
    labels = image.config["Labels"]
    assert isinstance(labels, dict)
    assert labels["org.opencontainers.image.title"] == f"codezest-{image.service}"
    environment = image.config["Env"]
    assert isinstance(environment, list)
    assert {entry.partition("=")[0] for entry in environment} == {
        "PATH",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED",
        "CODEZEST_SERVICE",
    }
    assert image.config["Cmd"] == ["python", "-m", "shared.http.serve"]


def test_it_is_small(image: Image, capsys: pytest.CaptureFixture[str]) -> None:
    size = sum(path.lstat().st_size for path in (image.root / "app").rglob("*") if not path.is_symlink()) / 1e6
    with capsys.disabled():
        print(f"{image.service}: {size:.0f} MB over its base")  # noqa: T201 - a figure
    assert size <= MOST_MEGABYTES


def test_a_wheel_that_is_not_the_locked_one_is_refused(tmp_path: Path) -> None:
    wanted = recipe("activity", target="service", base="any")
    context = tmp_path / "context"
    context.mkdir()
    lay_out(wanted, context, wheelhouse=Cache.of(os.environ).root / "images" / "wheels")
    wheel = next((context / "wheels").glob("msgspec-*.whl"))
    wheel.write_bytes(wheel.read_bytes() + b" ")
    stands_on = next(
        line for line in buildah("images", "--format", "{{.Name}}:{{.Tag}}").split() if "codezest-base" in line
    )
    with pytest.raises(ImageError, match=r"(?i)hash mismatch|hashes"):
        BUILDAH.make(
            context, image="localhost/codezest-test:refused", arguments={"BASE": stands_on, "SERVICE": "activity"}
        )
