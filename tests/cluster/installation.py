"""The platform as the tests of this folder share it: installed once by its charts, upgraded once, with the world around it."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.cluster.clusters import Cluster, told
from tests.cluster.earlier import earlier_charts
from tests.cluster.world import ByIngress, Keys, changes, make_world
from tools.demo.walk import Addresses, Learner, Walk
from tools.deploy.__main__ import plan, push
from tools.deploy.releases import Plan, Target, deploy

NAMESPACE = "codezest"
SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The platform of `plan` on a cluster. Before it was upgraded it was one of commit `earlier`, and `learner` came."""

    cluster: Cluster
    images: Mapping[str, str]
    plan: Plan
    addresses: Addresses
    earlier: str
    learner: Learner

    @property
    def target(self) -> Target:
        """Where it is."""
        return Target(kubeconfig=self.cluster.home.kubeconfig, namespace=NAMESPACE)

    def get(self, *words: str) -> Any:
        """Objects of its namespace."""
        return self.cluster.get(*words, f"--namespace={NAMESPACE}")

    def secret(self, name: str, key: str) -> str:
        """What a Secret holds under a key."""
        return base64.b64decode(self.get("secret", name)["data"][key]).decode()

    def secrets_of(self, service: str) -> dict[str, str]:
        """What a service may ask its sidecar for."""
        return dict(json.loads(self.secret(f"{service}-secrets", "secrets.json")))


@asynccontextmanager
async def people() -> AsyncIterator[httpx.AsyncClient]:
    """How people and their programs ask: through the ingress."""
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False, transport=ByIngress()) as client:
        yield client


async def install(cluster: Cluster, folder: Path) -> Installation:
    """Install the charts as they were before their last change, let somebody join, and upgrade to the present ones."""
    images, keys, url = (
        push(cluster.registry, with_trials=True),
        Keys.fresh(),
        f"http://codezest.localhost:{cluster.ports.ingress}",
    )
    make_world(cluster, images["trials"], keys)
    whole = plan(images, url, changes(keys))
    target = Target(kubeconfig=cluster.home.kubeconfig, namespace=NAMESPACE)
    earlier = earlier_charts(folder)
    addresses = Addresses(gateway=url, mail=f"http://mail.localhost:{cluster.ports.ingress}")
    told(f"installing the charts of {earlier}")
    await deploy(whole, target, say=told, root=folder)
    learner = Learner.somebody_new()
    await _join(addresses, learner)
    told("upgrading to the charts of today")
    await deploy(whole, target, say=told)
    return Installation(
        cluster=cluster, images=images, plan=whole, addresses=addresses, earlier=earlier, learner=learner
    )


async def _join(addresses: Addresses, learner: Learner) -> None:
    async with people() as client:
        way = Walk(addresses, client, learner)
        for step in (way.register, way.read_welcome_mail, way.verify):
            await step()
