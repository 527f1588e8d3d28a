"""Who reaches whom on a real network, every pod at every port that listens: exactly the flows of tests/charts/flows.py."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.charts.flows import DAPR, DNS, OUTSIDE, Flow, arriving, leaving
from tests.cluster.bystanders import ADDRESS, PORTS, STRANGER, of_pods
from tests.cluster.clusters import Cluster, eventually, told
from tests.cluster.containers import Container, containers, listens, node, step_in
from tests.cluster.installation import NAMESPACE, Installation
from tests.cluster.world import SMTP, STRIPE, TRACES, WORLD

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

AT_ONCE = 4
# Firewall rules of a pod that is a moment old come a moment later.
SETTLED_WITHIN = 30.0
NODE, API = "node", "the API server"
INSTALLED: set[Flow] = {
    ("notifications", f"ns/{WORLD}", SMTP),
    ("payments", f"ns/{WORLD}", STRIPE),
    ("collector", f"ns/{WORLD}", TRACES),
}
# Allowed, but with nobody there: the trial's Zipkin, which is not installed, and the port where other clusters' name servers listen.
SILENT = {("zipkin", 9411), (DNS, 53)}
Place = tuple[str, str, int]  # name, address, port


def name_of(pod: Container) -> str:
    """As the allow-list names it."""
    if pod.namespace == NAMESPACE:
        return pod.app or pod.pod
    return f"{DAPR}/{pod.app}" if f"ns/{pod.namespace}" == DAPR else f"ns/{pod.namespace}"


def places(cluster: Cluster, pods: list[Container]) -> Iterator[Place]:
    """Everything that listens: in pods, on the node, and outside."""
    for pod in pods:
        for port in listens(pod.process):
            yield name_of(pod), pod.address, port
    (address,) = [
        one["address"] for one in cluster.get("node", "node")["status"]["addresses"] if one["type"] == "InternalIP"
    ]
    yield from ((NODE, address, port) for port in listens(node(cluster)))
    yield from ((OUTSIDE, ADDRESS, port) for port in PORTS)
    yield API, cluster.get("service", "kubernetes")["spec"]["clusterIP"], 443


def flows(pods: list[Container], found: list[Place]) -> set[Flow]:
    """What every pod reaches now of these places, but for its own."""

    def of(pod: Container) -> set[Flow]:
        others = {f"{address} {port}": (name, port) for name, address, port in found if address != pod.address}
        answered = step_in(pod.process, "tests.cluster.reach", given="\n".join(others)).splitlines()
        return {(name_of(pod), *others[line]) for line in answered}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return set[Flow]().union(*pool.map(of, pods))


def named_by_udp(cluster: Cluster, pods: list[Container]) -> set[str]:
    """Whom the cluster's name server answers."""
    server = f"{cluster.get('service', 'kube-dns', '--namespace=kube-system')['spec']['clusterIP']} 53"
    return {name_of(pod) for pod in pods if step_in(pod.process, "tests.cluster.reach", "--names", given=server)}


def expected(everything: set[tuple[str, int]], inside: set[str]) -> set[Flow]:
    """What of the allow-list can be seen here; from pods without rules, all that is not the platform's."""
    allowed = {flow for flow in leaving() | arriving() | INSTALLED if flow[1:] in everything}
    stranger = f"ns/{STRANGER}"
    return allowed | {(stranger, name, port) for name, port in everything if name not in inside | {stranger}}


def test_every_pod_reaches_exactly_what_it_may(surrounded: Installation) -> None:
    cluster = surrounded.cluster
    pods = of_pods(containers(cluster))
    inside = {name_of(pod) for pod in pods if pod.namespace == NAMESPACE}
    found = list(places(cluster, pods))
    everything = {(name, port) for name, _, port in found}
    looked_at = [pod for pod in pods if pod.namespace not in {"kube-system", "dapr-system"}]
    wanted = expected(everything, inside)
    seen: set[Flow] = set()

    def as_declared() -> bool:
        seen.clear()
        seen.update(of_interest(flows(looked_at, found), inside))
        return seen == wanted

    try:
        eventually(as_declared, "the network is the allow-list", within=SETTLED_WITHIN)
    finally:
        told(
            f"{len(looked_at)} pods, {len(everything)} ports, {len(wanted)} flows; lacks {wanted - seen}, has besides {seen - wanted}"
        )
    assert {flow[1:] for flow in leaving() | arriving() if flow[1:] not in everything} == SILENT
    assert inside >= {name for flow in leaving() | arriving() for name in flow[:2] if "/" not in name} - {"zipkin"}
    asking = {source for source, name, _ in leaving() if name == DNS}
    assert named_by_udp(cluster, [pod for pod in looked_at if pod.namespace == NAMESPACE]) == asking


def of_interest(found: set[Flow], inside: set[str]) -> set[Flow]:
    """All that begins or ends at the platform, and what a stranger reaches: others are no business of the charts."""
    return {flow for flow in found if flow[0] in inside or flow[1] in inside or flow[0] == f"ns/{STRANGER}"}
