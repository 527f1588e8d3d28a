"""What is outside of the platform, in a namespace of its own: a mail server, the payment provider's stand-in, a person."""

import base64
import json
from typing import Any

import httpx

from tests.cluster.clusters import Cluster

WORLD = "world"
SMTP, WEB, STRIPE = 1025, 1080, 8080
HERE = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": WORLD}}}]
CONFINED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
}
# What the two services that speak to the world are told of it.
CHANGES: dict[str, dict[str, Any]] = {
    "notifications": {
        "settings": {"smtp_host": f"mail.{WORLD}.svc", "smtp_port": SMTP, "smtp_security": "none"},
        "egress": {"smtp": {"to": HERE, "ports": [SMTP]}},
    },
    "payments": {
        "settings": {"stripe_api_base": f"http://stripe.{WORLD}.svc:{STRIPE}", "stripe_sweep_seconds": 5},
        "egress": {"stripe": {"to": HERE, "ports": [STRIPE]}},
    },
}


class ByIngress(httpx.AsyncHTTPTransport):
    """Whatever the host's name, it is the cluster's ingress on this machine; the name goes along as Host."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="127.0.0.1")
        return await super().handle_async_request(request)


def make_world(cluster: Cluster, image: str, *, platform: str) -> None:
    """Start it beside the platform in namespace `platform`, whose ingress host is codezest.localhost."""
    gateway = cluster.get("service", "traefik", "--namespace=ingress")["spec"]["clusterIP"]
    kept = cluster.get("secret", "payments-secrets", f"--namespace={platform}")["data"]["secrets.json"]
    secrets = json.loads(base64.b64decode(kept))
    maildev = "/opt/maildev/node_modules/maildev/dist/bin/maildev.js"
    mail = ["node", maildev, f"--smtp={SMTP}", f"--web={WEB}", "--mail-directory=/tmp/mail"]
    stripe = ["python", "-m", "tools.stripe", f"--host=stripe.{WORLD}.svc", f"--port={STRIPE}", "--home=/tmp/stripe"]
    webhook = "http://codezest.localhost/api/payments/v1/stripe/webhook"
    environment = {
        "STRIPE_WEBHOOK_URL": webhook,
        "STRIPE_PUBLIC_URL": f"http://stripe.localhost:{cluster.ports.ingress}",
        "STRIPE_API_KEY": secrets["payments-stripe-api-key"],
        "STRIPE_WEBHOOK_SECRET": secrets["payments-stripe-webhook-secret"],
    }
    aliases = [{"ip": gateway, "hostnames": ["codezest.localhost"]}]
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": WORLD, "labels": labels}},
        _pod("mail", image, mail, {}, []),
        _pod("stripe", image, stripe, environment, aliases),
        _service("mail", SMTP, WEB),
        _service("stripe", STRIPE),
        _ingress({"mail.localhost": ("mail", WEB), "stripe.localhost": ("stripe", STRIPE)}),
    )
    for name in ("mail", "stripe"):
        cluster.kubectl(
            "wait", "--for=condition=Ready", f"pod/{name}", f"--namespace={WORLD}", "--timeout=60s", within=70
        )


def _pod(
    name: str, image: str, command: list[str], environment: dict[str, str], aliases: list[dict[str, Any]]
) -> dict[str, Any]:
    container = {
        "name": name,
        "image": image,
        "command": command,
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "securityContext": CONFINED,
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - in its pod
        "readinessProbe": {"tcpSocket": {"port": WEB if name == "mail" else STRIPE}, "periodSeconds": 1},
    }
    spec = {
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
        "hostAliases": aliases,
        "automountServiceAccountToken": False,
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": _named(name) | {"labels": {"app": name}}, "spec": spec}


def _service(name: str, *ports: int) -> dict[str, Any]:
    spec = {"selector": {"app": name}, "ports": [{"name": f"p{port}", "port": port} for port in ports]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": _named(name), "spec": spec}


def _ingress(hosts: dict[str, tuple[str, int]]) -> dict[str, Any]:
    def rule(host: str, service: str, port: int) -> dict[str, Any]:
        backend = {"service": {"name": service, "port": {"number": port}}}
        return {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}

    rules = [rule(host, *where) for host, where in hosts.items()]
    document = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": _named("world")}
    return document | {"spec": {"rules": rules}}


def _named(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": WORLD}
