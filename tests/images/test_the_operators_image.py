"""The operator's built image: it runs as nobody in particular, and finds its charts and its helm."""

import json
from collections.abc import Iterator

import pytest

from codezest_operator.data.charts import catalogue
from tests.images.containers import ROOT, Image, an_image
from tools.images.context import PACKED_CHARTS

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

MOST_MEGABYTES = 200  # over the base, helm not counted
LOADED = """
import json, subprocess
from codezest_operator import main
from codezest_operator.data.charts import catalogue
from codezest_operator.settings import Settings
found = catalogue(Settings().root, registry="", platform_values={})
helm = subprocess.run(["helm", "version", "--short"], capture_output=True, text=True, env={"PATH": "/usr/local/bin", "HOME": "/tmp"})
print(json.dumps([found.version, sorted(found.services), found.platform.digest, helm.stdout]))
"""


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with an_image("operator") as image:
        yield image


def test_it_carries_the_charts_of_this_checkout_and_helm(image: Image) -> None:
    version, services, digest, helm = json.loads(image.python(LOADED))
    here = catalogue(ROOT, registry="", platform_values={})
    assert (version, services, digest) == (here.version, sorted(here.services), here.platform.digest)
    assert helm.startswith("v4.")


def test_nothing_else_is_in_it(image: Image) -> None:
    app = image.root / "app"
    assert {path.name for path in app.iterdir()} == {".venv", "charts", "operator", "services"}
    assert {path.name for path in (app / "charts").iterdir()} == set(PACKED_CHARTS)
    assert {path.name for path in app.glob("services/*/*")} == {"values.yaml"}
    size = sum(path.lstat().st_size for path in app.rglob("*") if not path.is_symlink()) / 1e6
    assert size <= MOST_MEGABYTES


def test_it_says_what_it_is(image: Image) -> None:
    labels = image.config["Labels"]
    assert isinstance(labels, dict)
    assert labels["org.opencontainers.image.title"] == "codezest-operator"
    assert len(labels["org.opencontainers.image.revision"]) == 40
    assert image.config["User"] == "10001:10001"
