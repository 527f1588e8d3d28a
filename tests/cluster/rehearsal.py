"""The platform once more, with a stranger in the place of each service: one that answers whatever it is asked and wants every topic.

So all that is refused there, the sidecars refuse. Charts, policies, tokens and certificates are the real ones.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.cluster.clusters import Cluster, told
from tests.cluster.containers import Container, containers, step_in
from tests.cluster.world import MODEST
from tools.database.services import services
from tools.deploy.releases import Plan, Target, deploy

NAMESPACE = "rehearsal"
PORT = 8080
Request = tuple[str, str]  # verb, path below /v1.0
Answer = tuple[int, str]


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """It runs. `strangers` by the name of the service in whose place each is."""

    cluster: Cluster
    strangers: dict[str, Container]

    def ask(self, stranger: str, requests: Sequence[Request]) -> list[Answer]:
        """What its sidecar answers it."""
        secret = self.cluster.get("secret", f"{stranger}-api-token", f"--namespace={NAMESPACE}")["data"]["token"]
        given = json.dumps({"token": base64.b64decode(secret).decode(), "requests": requests})
        answers = json.loads(step_in(self.strangers[stranger].process, "tests.cluster.ask", given=given))
        return [(status, text) for status, text in answers]

    def heard(self, stranger: str) -> dict[str, int]:
        """How many events of each topic came to it."""
        found: dict[str, int] = json.loads(self.cluster.ask(NAMESPACE, self.strangers[stranger].pod, "/heard/"))
        return found


async def rehearse(cluster: Cluster, image: str, redis: str) -> Rehearsal:
    """Install it by the charts; `image` is the stranger's, `redis` one with a Redis."""
    repository, _, tag = image.rpartition(":")
    # What the network would cut is to be refused by the sidecar.
    common = {"traces": {"host": ""}, "database": {"host": "nowhere"}, "network": {"enabled": False}}
    without = {name: {"enabled": False} for name in ("postgres", "collector", "zipkin", "bootstrap")}
    given = {"postgres-admin-password": "nobody asks for it"}
    platform: dict[str, Any] = {
        **without,
        "global": common,
        "redis": {"image": redis, "resources": MODEST},
        "ingress": {"mode": "none"},
        "secrets": {"given": given},
    }
    stranger: dict[str, Any] = {
        "global": common,
        "image": {"repository": repository, "tag": tag},
        "port": PORT,
        "migration": {"enabled": False},
        "resources": MODEST,
        "sidecar": {"cpuRequest": "20m"},
    }
    target = Target(kubeconfig=cluster.home.kubeconfig, namespace=NAMESPACE)
    await deploy(Plan(platform=platform), target, say=told)
    # Five refusals would open a circuit breaker, which then answers instead of the policy.
    cluster.kubectl("delete", "resiliency", "resiliency", f"--namespace={NAMESPACE}")
    await deploy(Plan(platform=None, services=dict.fromkeys(services(), stranger)), target, say=told)
    found = containers(cluster, f"--namespace={NAMESPACE}", "--selector=app.kubernetes.io/component=service")
    return Rehearsal(cluster=cluster, strangers={one.app: one for one in found if one.name == one.app})
