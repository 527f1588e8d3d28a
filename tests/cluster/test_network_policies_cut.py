"""A network policy is enforced: what it does not name is refused, and what it names goes on."""

import pytest

from tests.cluster.clusters import Cluster, eventually, told
from tests.cluster.pods import Object, pod, policy, service

pytestmark = pytest.mark.cluster

DENY: Object = {"podSelector": {"matchLabels": {"app": "server"}}, "policyTypes": ["Ingress"]}
ALLOW: Object = {**DENY, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}]}]}


def test_a_policy_cuts_and_its_exception_and_its_removal_join_again(
    cluster: Cluster, space: str, image: tuple[str, str]
) -> None:
    names = ("server", "friend", "stranger")
    cluster.apply(*(pod(space, name, image[0]) for name in names), service(space, "door", "server"))
    cluster.kubectl("wait", "pod", "--all", f"--namespace={space}", "--for=condition=Ready", "--timeout=30s")

    def reaches(name: str) -> bool:
        return cluster.ask(space, name, "/get", url="http://door/") == "200 hello from server"

    eventually(lambda: reaches("friend") and reaches("stranger"), "without a policy both reach it")
    cluster.apply(policy(space, "server", DENY))
    took = eventually(lambda: not reaches("friend") and not reaches("stranger"), "the policy cuts both")
    told(f"network policy: cut after {took:.1f} s")
    cluster.apply(policy(space, "server", ALLOW))
    eventually(lambda: reaches("friend"), "the policy lets the friend in")
    assert not reaches("stranger")
    cluster.kubectl("delete", "networkpolicy", "server", f"--namespace={space}")
    eventually(lambda: reaches("stranger"), "without a policy all reach it")


def test_a_policy_on_the_way_out_cuts_too(cluster: Cluster, space: str, image: tuple[str, str]) -> None:
    cluster.apply(pod(space, "server", image[0]), pod(space, "caller", image[0]))
    cluster.kubectl("wait", "pod", "--all", f"--namespace={space}", "--for=condition=Ready", "--timeout=30s")
    address = cluster.get("pod", "server", f"--namespace={space}")["status"]["podIP"]

    def reaches(url: str) -> bool:
        return not cluster.ask(space, "caller", "/get", url=url).startswith("error: ")

    api = "http://kubernetes.default:443/"
    assert reaches(f"http://{address}:8080/")
    assert reaches(api)
    cluster.apply(
        policy(space, "caller", {"podSelector": {"matchLabels": {"app": "caller"}}, "policyTypes": ["Egress"]})
    )
    eventually(
        lambda: not reaches(f"http://{address}:8080/") and not reaches(api), "the policy cuts pods and API server"
    )
