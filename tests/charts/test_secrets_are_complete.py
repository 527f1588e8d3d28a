"""In a trial every secret that somebody reads is made, at random, and nobody gets one that is not theirs."""

import json
from base64 import b64decode
from typing import Any

import pytest
import yaml

from tests.charts.rendering import EXTERNAL, OWN, PLATFORM, Values, named, of_kind, platform, template
from tools.database.services import ROOT, services

pytestmark = pytest.mark.thorough

OPTIONAL = {"notifications-smtp-password"}


def secret(values: Values, name: str) -> dict[str, str]:
    data = named(platform(values), "Secret", name)["data"]
    return {key: b64decode(value).decode() for key, value in data.items()}


def file_of(name: str, values: Values | None = None) -> dict[str, str]:
    found: dict[str, str] = json.loads(secret(values or {}, f"{name}-secrets")["secrets.json"])
    return found


def allowed(name: str) -> set[str]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "components/configuration" / f"{name}.yaml").read_text())
    return set(document["spec"]["secrets"]["scopes"][0]["allowedSecrets"])


@pytest.mark.parametrize("name", services())
def test_a_sidecars_file_holds_what_its_policy_allows_and_the_password_of_redis(name: str) -> None:
    assert file_of(name).keys() == (allowed(name) - OPTIONAL) | {"redis-password"}


@pytest.mark.parametrize("name", services())
def test_both_sides_know_the_same_password(name: str) -> None:
    roles = secret({}, f"{name}-roles")
    assert roles.keys() == {"owner", "runtime"}
    assert roles["runtime"] == file_of(name)[f"{name}-database-password"]
    assert file_of(name)["redis-password"] == secret({}, "redis")["password"]


def test_no_value_is_made_twice_nor_short() -> None:
    values = [value for name in services() for key, value in file_of(name).items() if key != "redis-password"]
    values += [secret({}, f"{name}-{token}")["token"] for name in services() for token in ("api-token", "app-token")]
    values += [secret({}, f"{name}-roles")["owner"] for name in services()]
    values += [secret({}, "redis")["password"], secret({}, "postgres-admin")["password"]]
    assert len(set(values)) == len(values)
    assert min(map(len, values)) >= 38
    again = template("platform", {}, release="platform").stdout
    assert not [value for value in values if value in again], "made anew each time"


def test_a_given_secret_is_taken() -> None:
    values: Values = {
        "secrets": {
            "given": {
                "payments-stripe-api-key": "sk_live_x",
                "notifications-smtp-password": "m",
                "redis-password": "r",
                "postgres-admin-password": "p",
                "auth-owner-password": "o",
            }
        }
    }
    assert file_of("payments", values)["payments-stripe-api-key"] == "sk_live_x"
    assert file_of("notifications", values)["notifications-smtp-password"] == "m"
    assert file_of("auth", values)["redis-password"] == secret(values, "redis")["password"] == "r"
    assert secret(values, "postgres-admin")["password"] == "p"
    assert secret(values, "auth-roles")["owner"] == "o"


def test_ones_own_secrets_are_left_alone() -> None:
    assert not of_kind(platform({**EXTERNAL, "global": OWN}), "Secret")


@pytest.mark.parametrize("title", PLATFORM)
def test_what_is_made_outlives_the_release(title: str) -> None:
    for one in of_kind(platform(PLATFORM[title]), "Secret"):
        assert one["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
