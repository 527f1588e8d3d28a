"""What somebody asks for: the spec of a CodeZest, typed, with the defaults that the CRD's schema also states."""

import re
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Mode(StrEnum):
    """Whether the operator runs something itself, for trials, or is told where it is."""

    embedded = "embedded"
    external = "external"


class DeletionPolicy(StrEnum):
    """What becomes of the platform when its CodeZest is deleted."""

    delete = "Delete"
    orphan = "Orphan"


class Strategy(StrEnum):
    """What follows a failed upgrade: the release before it, or another try."""

    rollback = "rollback"
    retry = "retry"


class DriftMode(StrEnum):
    """What follows a difference between the cluster and what was installed."""

    enabled = "enabled"
    warn = "warn"
    disabled = "disabled"


class WayIn(StrEnum):
    """How requests come in."""

    ingress = "ingress"
    gateway = "gateway"
    none = "none"


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """A value of a Secret in the CodeZest's namespace, by name and key; without a key, the whole Secret."""

    name: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Gateway:
    name: str = ""
    namespace: str = ""
    section_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Ingress:
    mode: WayIn = WayIn.ingress
    url: str = "http://codezest.localhost"
    class_name: str = ""
    tls_secret_name: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    gateway: Gateway = field(default_factory=Gateway)
    controller_namespace: str = "ingress"
    probe_address: str = ""


@dataclass(frozen=True, kw_only=True)
class Storage:
    size: str = ""
    class_name: str = ""


@dataclass(frozen=True, kw_only=True)
class ExternalDatabase:
    host: str = ""
    port: int = 5432
    ssl_mode: str = "verify-full"
    ca_secret_name: str = ""
    admin_user: str = "postgres"
    admin_password_secret: SecretKey | None = None
    cidrs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Database:
    mode: Mode = Mode.embedded
    storage: Storage = field(default_factory=Storage)
    external: ExternalDatabase = field(default_factory=ExternalDatabase)


@dataclass(frozen=True, kw_only=True)
class ExternalRedis:
    host: str = ""
    port: int = 6379
    tls: bool = True
    password_secret: SecretKey | None = None
    cidrs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Redis:
    mode: Mode = Mode.embedded
    storage: Storage = field(default_factory=Storage)
    external: ExternalRedis = field(default_factory=ExternalRedis)


@dataclass(frozen=True, kw_only=True)
class Email:
    host: str = ""
    port: int = 587
    user: str = ""
    security: str = "auto"
    sender: str = ""
    password_secret: SecretKey | None = None


@dataclass(frozen=True, kw_only=True)
class Payments:
    api_key_secret: SecretKey | None = None
    webhook_secret: SecretKey | None = None


@dataclass(frozen=True, kw_only=True)
class Otlp:
    endpoint: str = ""
    insecure: bool = False
    headers_secret_name: str = ""
    cidrs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Telemetry:
    traces: bool = True
    ratio: float = 0.05
    zipkin: bool = True
    otlp: Otlp = field(default_factory=Otlp)
    monitors: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which objects an exception from drift detection is about; empty: all."""

    kind: str = ""
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Ignore:
    paths: tuple[str, ...] = ()
    target: Target = field(default_factory=Target)


@dataclass(frozen=True, kw_only=True)
class DriftDetection:
    mode: DriftMode = DriftMode.enabled
    ignore: tuple[Ignore, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Remediation:
    retries: int = 1
    strategy: Strategy = Strategy.rollback


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    remediation: Remediation = field(default_factory=Remediation)


@dataclass(frozen=True, kw_only=True)
class Autoscaling:
    enabled: bool = False
    min_replicas: int = 2
    max_replicas: int = 6
    cpu_percent: int = 70


@dataclass(frozen=True, kw_only=True)
class Image:
    repository: str = ""
    tag: str = ""


@dataclass(frozen=True, kw_only=True)
class Service:
    enabled: bool = True
    replicas: int = 1
    autoscaling: Autoscaling = field(default_factory=Autoscaling)
    resources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    image: Image = field(default_factory=Image)
    env: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Platform:
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """All that somebody can ask for. Durations are `90s`, `5m`, `1h30m`."""

    version: str
    suspend: bool = False
    deletion_policy: DeletionPolicy = DeletionPolicy.delete
    interval: str = "10m"
    timeout: str = "5m"
    ingress: Ingress = field(default_factory=Ingress)
    database: Database = field(default_factory=Database)
    redis: Redis = field(default_factory=Redis)
    email: Email = field(default_factory=Email)
    payments: Payments = field(default_factory=Payments)
    telemetry: Telemetry = field(default_factory=Telemetry)
    drift_detection: DriftDetection = field(default_factory=DriftDetection)
    upgrade: Upgrade = field(default_factory=Upgrade)
    platform: Platform = field(default_factory=Platform)
    services: Mapping[str, Service] = field(default_factory=dict)

    @property
    def secrets(self) -> dict[str, SecretKey]:
        """The Secrets that are named, by what the charts call their values."""
        named = {
            "postgres-admin-password": self.database.external.admin_password_secret,
            "redis-password": self.redis.external.password_secret,
            "notifications-smtp-password": self.email.password_secret,
            "payments-stripe-api-key": self.payments.api_key_secret,
            "payments-stripe-webhook-secret": self.payments.webhook_secret,
        }
        return {name: key for name, key in named.items() if key is not None}

    @property
    def mounted(self) -> list[SecretKey]:
        """Secrets that pods mount whole, so that without them they never start. A certificate may come later, from its issuer."""
        names = (self.database.external.ca_secret_name, self.telemetry.otlp.headers_secret_name)
        return [SecretKey(name=name, key="") for name in names if name]


def read(document: Mapping[str, Any]) -> Spec:
    """The spec as the API server keeps it, typed. Fields that this operator does not know are left alone."""
    return _typed(Spec, document)


def duration(text: str) -> timedelta:
    """`90s`, `5m`, `1h30m` or `500ms` as a span of time. ValueError."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration: write 90s, 5m or 1h30m.")
    return timedelta(seconds=sum(float(number) * UNITS[unit] for number, unit in parts))


def camel(name: str) -> str:
    """A field's name as the resource writes it: `class_name` is `className`."""
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _typed(wanted: type[T], document: Mapping[str, Any]) -> T:
    hints = get_type_hints(wanted)
    given = {}
    for one in fields(wanted):  # type: ignore[arg-type]  # every caller passes a dataclass
        if (name := camel(one.name)) in document:
            given[one.name] = _value(hints[one.name], document[name])
    return wanted(**given)


def _value(hint: Any, value: Any) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _value(inner[0], value)
    if origin is tuple:
        return tuple(_value(inner[0], one) for one in value)
    if origin is not None and is_dataclass(inner[1]):
        return {name: _value(inner[1], one) for name, one in value.items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return _typed(hint, value)
    return hint(value) if isinstance(hint, type) and issubclass(hint, (StrEnum, float)) else value
