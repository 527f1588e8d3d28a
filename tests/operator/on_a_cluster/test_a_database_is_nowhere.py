"""A database at an address where none is: the CodeZest says so, in the Job's own words, and heals once it names another."""

import time

import pytest

from tests.cluster.clusters import told
from tests.operator.on_a_cluster.control import Control, eventually, make_room, school

pytestmark = [pytest.mark.cluster, pytest.mark.deep, pytest.mark.timeout(900)]

SPACE, HOST = "lost", "lost.localhost"
NOWHERE = "nowhere.codezest.internal"
SAID_WITHIN = 180


def test_it_is_said_and_heals(control: Control) -> None:
    make_room(control, SPACE)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "administrator", "namespace": SPACE}}
    control.cluster.apply({**secret, "stringData": {"password": "c4n4ry-of-the-administrator"}})
    external = {
        "host": NOWHERE,
        "sslMode": "require",
        "adminPasswordSecret": {"name": "administrator", "key": "password"},
        "cidrs": ["10.0.0.0/8"],
    }
    began = control.apply(school(control, SPACE, HOST, database={"mode": "external", "external": external}))
    eventually(
        lambda: control.condition(SPACE, "Ready").get("reason") == "Retrying", "it has failed", within=SAID_WITHIN
    )
    message = control.status(SPACE)["message"]
    told(f"after {time.monotonic() - began:.0f} s: {message}")
    assert f"{NOWHERE}:5432/postgres did not answer within 30 s" in message
    assert set(control.revisions(SPACE)) == {"platform"}, "no service is begun"
    control.apply(school(control, SPACE, HOST))
    control.wait_until_ready(SPACE)
    assert "c4n4ry" not in control.told()
    control.cluster.kubectl("delete", "codezest/school", f"--namespace={SPACE}", "--timeout=120s", within=130)
