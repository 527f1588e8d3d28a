"""What charts/operator renders, and CodeZests to try on it."""

from collections.abc import Mapping
from typing import Any

import yaml

from tests.charts.rendering import CHARTS, helm

SYSTEM = "codezest-system"


def rendered(values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The objects of charts/operator."""
    words = ["template", "operator", str(CHARTS / "operator"), "--namespace", SYSTEM, "--values", "-"]
    done = helm(*words, given=yaml.safe_dump(dict(values or {})))
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if one]


def codezest(namespace: str, name: str = "school", **spec: Any) -> dict[str, Any]:
    """A CodeZest as somebody would write it."""
    return {
        "apiVersion": "codezest.dev/v1alpha1",
        "kind": "CodeZest",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"version": "0.1.0", **spec},
    }
