"""Only /api/<service>/ reaches a service; everything else is the start page."""

from tools.local.gateway import routing

ROUTES = routing({"auth": [8020, 8110], "learning": [8030]}, page=8017)["http"]


def test_a_service_is_reached_below_its_own_prefix_only() -> None:
    rules = {name: router["rule"] for name, router in ROUTES["routers"].items()}
    assert rules == {
        "auth": "PathPrefix(`/api/auth/`)",
        "learning": "PathPrefix(`/api/learning/`)",
        "page": "PathPrefix(`/`)",
    }


def test_replicas_share_the_load_and_leave_it_while_they_are_not_ready() -> None:
    balancer = ROUTES["services"]["auth-replicas"]["loadBalancer"]
    assert ROUTES["services"]["auth"]["failover"] == {"service": "auth-replicas", "fallback": "page"}
    assert [server["url"] for server in balancer["servers"]] == ["http://127.0.0.1:8020", "http://127.0.0.1:8110"]
    assert balancer["healthCheck"]["path"] == "/readyz"


def test_a_request_that_met_no_replica_is_tried_again() -> None:
    assert all(ROUTES["routers"][name]["middlewares"] == ["problems", "retry"] for name in ("auth", "learning"))
    assert ROUTES["middlewares"]["retry"]["retry"]["attempts"] > 1
