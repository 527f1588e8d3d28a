"""What somebody asks for becomes what the charts are told; a digest changes with it and with nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from codezest_operator.domain.releases import desired, digest_of
from codezest_operator.domain.spec import camel, duration
from codezest_operator.domain.values import differing, merged, platform_values, service_values
from tests.operator.samples import CATALOGUE, spec, wanted

KEYS = st.sampled_from(["a", "b", "c"])
TREES = st.recursive(st.integers(0, 3), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6)
MAPS = st.dictionaries(KEYS, TREES, max_size=3)


def test_an_external_database_takes_the_trials_away() -> None:
    external = {
        "host": "db.example.org",
        "adminPasswordSecret": {"name": "db", "key": "pw"},
        "caSecretName": "db-ca",
        "cidrs": ["10.0.0.0/8"],
    }
    asked = spec(database={"mode": "external", "external": external})
    values = platform_values(asked, CATALOGUE)
    assert values["postgres"] == {"enabled": False}
    assert values["bootstrap"] == {"admin": "postgres"}
    assert values["secrets"]["from"] == {"postgres-admin-password": {"name": "db", "key": "pw"}}
    assert values["global"]["database"]["peers"] == [{"ipBlock": {"cidr": "10.0.0.0/8"}}]
    assert service_values("auth", asked, CATALOGUE)["global"] == values["global"]


def test_what_somebody_writes_for_one_service_goes_over_everything_else() -> None:
    asked = spec(
        services={
            "learning": {"replicas": 2, "env": {"CODEZEST_BROKER": "false"}, "values": {"replicas": 5, "port": 9000}}
        }
    )
    values = service_values("learning", asked, CATALOGUE)
    assert (values["replicas"], values["port"], values["settings"]["broker"], values["name"]) == (
        5,
        9000,
        "false",
        "learning",
    )


def test_mail_settings_reach_notifications_alone() -> None:
    catalogue = type(CATALOGUE)(**{**CATALOGUE.__dict__, "services": {"auth": {}, "notifications": {}}})
    asked = spec(email={"host": "mail.example.org", "user": "codezest", "sender": "CodeZest <a@example.org>"})
    settings = service_values("notifications", asked, catalogue)["settings"]
    assert settings["smtp_host"] == "mail.example.org"
    assert settings["mail_from"] == "CodeZest <a@example.org>"
    assert service_values("auth", asked, catalogue)["settings"] == {}


def test_a_digest_follows_the_chart_the_values_and_the_secrets() -> None:
    digests = {name: one.digest for name, one in wanted().items()}
    assert {name: one.digest for name, one in wanted().items()} == digests
    changed = desired(spec(services={"auth": {"replicas": 2}}), CATALOGUE)
    assert [name for name in digests if changed[name].digest != digests[name]] == ["auth"]
    assert all(one.digest != digests[name] for name, one in desired(spec(), CATALOGUE, "rotated").items())
    newer = type(CATALOGUE)(**{**CATALOGUE.__dict__, "service": CATALOGUE.platform})
    assert [name for name, one in desired(spec(), newer).items() if one.digest == digests[name]] == ["platform"]
    assert all(len(digest) <= 63 for digest in digests.values()), "a label takes no more"


@given(MAPS, MAPS)
def test_merging_takes_everything_of_the_upper_and_loses_nothing_else(under: dict, over: dict) -> None:  # type: ignore[type-arg]
    found = merged(under, over)
    assert merged(found, over) == found
    assert found.keys() == under.keys() | over.keys()
    assert merged({}, over) == over
    assert digest_of(merged(under, {})) == digest_of(under)


@given(MAPS, MAPS)
def test_differences_are_none_exactly_between_equals(old: dict, new: dict) -> None:  # type: ignore[type-arg]
    assert (differing(old, new) == []) == (old == new)
    assert differing(old, new) == differing(new, old)


def test_durations_and_names_are_read_as_kubernetes_writes_them() -> None:
    assert duration("1h30m").total_seconds() == 5400
    assert duration("500ms").total_seconds() == 0.5
    assert camel("admin_password_secret") == "adminPasswordSecret"
