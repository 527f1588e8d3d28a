"""From what somebody asks for to what Helm is told: the values of each release."""

from collections.abc import Mapping, Sequence
from typing import Any

from codezest_operator.domain.catalogue import PLATFORM, Catalogue
from codezest_operator.domain.spec import Database, Email, Mode, Redis, Service, Spec, WayIn

Values = dict[str, Any]
SETTING = "CODEZEST_"


def platform_values(spec: Spec, catalogue: Catalogue) -> Values:
    """Values of the release `platform`."""
    embedded: dict[str, Database | Redis] = {"postgres": spec.database, "redis": spec.redis}
    made: Values = {
        "global": global_values(spec, catalogue),
        "ingress": _ingress(spec),
        "secrets": {"from": {name: {"name": key.name, "key": key.key} for name, key in sorted(spec.secrets.items())}},
        "collector": {"enabled": spec.telemetry.traces, "otlp": _otlp(spec)},
        "zipkin": {"enabled": spec.telemetry.traces and spec.telemetry.zipkin},
        "monitoring": {
            **dict.fromkeys(("serviceMonitors", "rules", "dashboards"), spec.telemetry.monitors),
            "labels": dict(spec.telemetry.labels),
        },
    }
    for name, part in embedded.items():
        made[name] = {"enabled": part.mode is Mode.embedded}
        if part.storage.size:
            made[name]["storage"] = {"size": part.storage.size, "className": part.storage.class_name}
    if spec.database.mode is Mode.external:
        made["bootstrap"] = {"admin": spec.database.external.admin_user}
    return merged(merged(made, catalogue.platform_values), spec.platform.values)


def service_values(name: str, spec: Spec, catalogue: Catalogue) -> Values:
    """Values of a service's release."""
    asked = spec.services.get(name, Service())
    made: Values = {
        "global": global_values(spec, catalogue),
        "replicas": asked.replicas,
        "settings": {
            **(_mail(spec.email) if name == "notifications" else {}),
            **{key.removeprefix(SETTING).lower(): value for key, value in sorted(asked.env.items())},
        },
    }
    if asked.autoscaling.enabled:
        scaling = asked.autoscaling
        made["autoscaling"] = {
            "enabled": True,
            "minReplicas": scaling.min_replicas,
            "maxReplicas": scaling.max_replicas,
            "cpuPercent": scaling.cpu_percent,
        }
    if asked.resources:
        made["resources"] = {kind: dict(amounts) for kind, amounts in asked.resources.items()}
    if asked.image.repository:
        made["image"] = {"repository": asked.image.repository}
    if asked.image.tag:
        made.setdefault("image", {})["tag"] = asked.image.tag
    return merged(merged(dict(catalogue.services[name]), made), asked.values)


def global_values(spec: Spec, catalogue: Catalogue) -> Values:
    """What both charts are told alike."""
    made: Values = {
        "publicUrl": spec.ingress.url,
        "image": {"tag": catalogue.version},
        "network": {"gateway": [_namespace(spec.ingress.controller_namespace)]},
        "traces": {"ratio": spec.telemetry.ratio, **({} if spec.telemetry.traces else {"host": ""})},
    }
    if catalogue.registry:
        made["image"]["registry"] = catalogue.registry
    if spec.database.mode is Mode.external:
        own = spec.database.external
        made["database"] = {
            "host": own.host,
            "port": own.port,
            "sslMode": own.ssl_mode,
            "caSecret": own.ca_secret_name,
            "peers": _peers(own.cidrs),
        }
    if spec.redis.mode is Mode.external:
        other = spec.redis.external
        made["redis"] = {"host": other.host, "port": other.port, "tls": other.tls, "peers": _peers(other.cidrs)}
    return made


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Values:
    """Both, map by map; where they differ, `over` wins. Neither is changed."""
    found = dict(under)
    for key, value in over.items():
        below = found.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            found[key] = merged(below, value)
        else:
            found[key] = value
    return found


def differing(old: Mapping[str, Any], new: Mapping[str, Any], at: str = "") -> list[str]:
    """The paths at which two trees of values differ, sorted: names only, because a value may be nobody's business."""
    found: list[str] = []
    for key in sorted({*old, *new}):
        before, after, path = old.get(key), new.get(key), f"{at}{key}"
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            found += differing(before, after, f"{path}.")
        elif before != after:
            found.append(path)
    return found


def releases_of(catalogue: Catalogue) -> list[str]:
    """Every release's name, the platform's first."""
    return [PLATFORM, *sorted(catalogue.services)]


def _ingress(spec: Spec) -> Values:
    way, made = spec.ingress, {"mode": str(spec.ingress.mode), "annotations": dict(spec.ingress.annotations)}
    if way.mode is WayIn.ingress:
        return {**made, "className": way.class_name, "tlsSecret": way.tls_secret_name}
    if way.mode is WayIn.gateway:
        gateway = way.gateway
        names = {"name": gateway.name, "namespace": gateway.namespace, "sectionName": gateway.section_name}
        return {**made, "gateway": names}
    return made


def _otlp(spec: Spec) -> Values:
    otlp = spec.telemetry.otlp
    made: Values = {"endpoint": otlp.endpoint, "insecure": otlp.insecure, "headersSecret": otlp.headers_secret_name}
    if otlp.endpoint:
        made |= {"ports": [int(otlp.endpoint.rpartition(":")[2])], "peers": _peers(otlp.cidrs)}
    return made


def _mail(email: Email) -> Values:
    """Nothing while no mail server is named: mails wait, and none is lost."""
    if not email.host:
        return {}
    made: Values = {"smtp_host": email.host, "smtp_port": email.port, "smtp_security": email.security}
    if email.user:
        made["smtp_user"] = email.user
    if email.sender:
        made["mail_from"] = email.sender
    return made


def _peers(cidrs: Sequence[str]) -> list[Values]:
    return [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]


def _namespace(name: str) -> Values:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
