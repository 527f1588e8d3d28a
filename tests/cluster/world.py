"""What is outside of the platform, in a namespace of its own: a mail server, the payment provider's stand-in, a place for traces."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from tests.cluster.clusters import Cluster
from tools.database.services import services

WORLD = "world"
SMTP, WEB, STRIPE, TRACES, SPANS = 1025, 1080, 8080, 4317, 4318
HERE = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": WORLD}}}]
CONFINED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "seccompProfile": {"type": "RuntimeDefault"},
}
# Two of each service, and one more of each while they are replaced, are to fit on a node of two cores.
MODEST = {"requests": {"cpu": "20m"}}
COLLECTOR = """
receivers: {otlp: {protocols: {grpc: {endpoint: "0.0.0.0:4317"}, http: {endpoint: "0.0.0.0:4318"}}}}
exporters: {file: {path: /tmp/traces.jsonl, flush_interval: 200ms}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [file]}}
"""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What the payment provider and the platform agree upon."""

    api: str = field(repr=False)
    webhook: str = field(repr=False)

    @classmethod
    def fresh(cls) -> Self:
        """New ones."""
        return cls(api=f"sk_test_{secrets.token_hex(16)}", webhook=f"whsec_{secrets.token_hex(16)}")


def changes(keys: Keys) -> dict[str, dict[str, Any]]:
    """What the releases are told of this world, by release. Every trace is kept."""
    given = {"payments-stripe-api-key": keys.api, "payments-stripe-webhook-secret": keys.webhook}
    backend = {"endpoint": f"traces.{WORLD}.svc:{TRACES}", "insecure": True, "ports": [TRACES], "peers": HERE}
    mail = {"smtp_host": f"mail.{WORLD}.svc", "smtp_port": SMTP, "smtp_security": "none"}
    stripe = {"stripe_api_base": f"http://stripe.{WORLD}.svc:{STRIPE}", "stripe_sweep_seconds": 5}
    special: dict[str, dict[str, Any]] = {
        "auth": {"settings": {"demo": True}},
        "notifications": {"settings": mail, "egress": {"world": {"to": HERE, "ports": [SMTP]}}},
        "payments": {"settings": stripe, "egress": {"world": {"to": HERE, "ports": [STRIPE]}}},
    }
    sampling = {"decisionSeconds": 2, "percent": 100}
    every = {"global": {"traces": {"ratio": 1.0}}, "resources": MODEST, "sidecar": {"cpuRequest": "20m"}}
    return {
        "platform": {
            "secrets": {"given": given},
            "collector": {"otlp": backend, "sampling": sampling, "resources": MODEST},
        },
        **{name: {**every, **special.get(name, {})} for name in services()},
    }


class ByIngress(httpx.AsyncHTTPTransport):
    """Whatever the host's name, it is the cluster's ingress on this machine; the name goes along as Host."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="127.0.0.1")
        return await super().handle_async_request(request)


def make_world(cluster: Cluster, image: str, keys: Keys) -> None:
    """Start it; the platform's ingress host is codezest.localhost."""
    gateway = cluster.get("service", "traefik", "--namespace=ingress")["spec"]["clusterIP"]
    maildev = "/opt/maildev/node_modules/maildev/dist/bin/maildev.js"
    mail = ["node", maildev, f"--smtp={SMTP}", f"--web={WEB}", "--mail-directory=/tmp/mail"]
    stripe = ["python", "-m", "tools.stripe", f"--host=stripe.{WORLD}.svc", f"--port={STRIPE}", "--home=/tmp/stripe"]
    traces = ["sh", "-c", 'printf %s "$COLLECTOR" >/tmp/collector.yaml; exec otelcol --config=/tmp/collector.yaml']
    environment = {
        "STRIPE_WEBHOOK_URL": "http://codezest.localhost/api/payments/v1/stripe/webhook",
        "STRIPE_PUBLIC_URL": f"http://stripe.localhost:{cluster.ports.ingress}",
        "STRIPE_API_KEY": keys.api,
        "STRIPE_WEBHOOK_SECRET": keys.webhook,
    }
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": WORLD, "labels": labels}},
        _pod("mail", image, mail, WEB, {}),
        _pod("stripe", image, stripe, STRIPE, environment, gateway),
        _pod("traces", image, traces, TRACES, {"COLLECTOR": COLLECTOR}),
        _service("mail", SMTP, WEB),
        _service("stripe", STRIPE),
        _service("traces", TRACES, SPANS),
        _ingress({"mail.localhost": ("mail", WEB), "stripe.localhost": ("stripe", STRIPE)}),
    )
    cluster.kubectl("wait", "--for=condition=Ready", "pod", "--all", f"--namespace={WORLD}", "--timeout=60s", within=70)


def _pod(
    name: str, image: str, command: list[str], port: int, environment: dict[str, str], gateway: str = ""
) -> dict[str, Any]:
    container = {
        "name": name,
        "image": image,
        "command": command,
        "env": [{"name": key, "value": value} for key, value in environment.items()],
        "securityContext": CONFINED,
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - in its pod
        "readinessProbe": {"tcpSocket": {"port": port}, "periodSeconds": 1},
    }
    spec = {
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
        "hostAliases": [{"ip": gateway, "hostnames": ["codezest.localhost"]}] if gateway else [],
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
