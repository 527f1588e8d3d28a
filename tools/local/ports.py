"""Which port every program listens on: a few for people at the base, the rest behind them."""

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass, fields

import psutil

from tools.local.problem import Problem

DEFAULT_BASE = 8000
# Ports below are for the administrator.
LOWEST = 1024
HIGHEST = 65536
SPAN = 200
LOOPBACK = "127.0.0.1"
# More than these of the taken ports would bury the remedy: a second instance takes all of them.
TOLD = 3
OFFSETS = {
    "gateway": 0,
    "mail": 1,
    "stripe": 2,
    "zipkin": 3,
    "postgres": 10,
    "redis": 11,
    "smtp": 12,
    "otlp-http": 13,
    "otlp-grpc": 14,
    "sentry": 15,
    "sentry-health": 16,
    "page": 17,
    "gateway-health": 18,
}
# The first replica of an app has the ports of dapr.yaml; the further ones follow each other from here on.
FURTHER_REPLICAS = 110


@dataclass(frozen=True, kw_only=True)
class InstancePorts:
    """The five ports of one replica: the service's own and its sidecar's four."""

    app: int
    http: int
    grpc: int
    internal: int
    metrics: int

    def shifted(self, by: int) -> "InstancePorts":
        """The same ports, `by` higher."""
        return InstancePorts(**{field.name: getattr(self, field.name) + by for field in fields(self)})

    def all(self) -> tuple[int, ...]:
        """The five numbers."""
        return self.app, self.http, self.grpc, self.internal, self.metrics


@dataclass(frozen=True)
class Ports:
    """The ports of one instance, counted from `base` (1024..65335)."""

    base: int

    def __post_init__(self) -> None:
        if not LOWEST <= self.base <= HIGHEST - SPAN:
            raise Problem(
                f"{self.base} cannot be the first of {SPAN} ports.",
                f"Choose CODEZEST_PORT_BASE from {LOWEST} to {HIGHEST - SPAN}.",
            )

    def __getitem__(self, name: str) -> int:
        return self.base + OFFSETS[name]

    def url(self, name: str) -> str:
        """The address of a page for people, for example http://localhost:8001."""
        return f"http://localhost:{self[name]}"

    def replica(self, declared: InstancePorts, *, app: int, apps: int, replica: int) -> InstancePorts:
        """The ports of replica 1.. of the `app`th of `apps`. Raises Problem when there is no room for them."""
        if replica == 1:
            return declared.shifted(self.base - DEFAULT_BASE)
        first = FURTHER_REPLICAS + 5 * ((replica - 2) * apps + app)
        if first + 5 > SPAN:
            most = 1 + (SPAN - FURTHER_REPLICAS) // (5 * apps)
            raise Problem(f"There are no ports for {replica} replicas.", f"Use at most REPLICAS={most}.")
        start = self.base + first
        return InstancePorts(app=start, http=start + 1, grpc=start + 2, internal=start + 3, metrics=start + 4)


def is_free(port: int) -> bool:
    """Whether a program could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # As every server does: a connection that lingers in TIME_WAIT does not make the port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
        return True


def demand_free(ports: Iterable[tuple[int, str]], example: str = "CODEZEST_PORT_BASE=9000") -> None:
    """Raise one Problem that names the first three taken ports, their purpose and owner, and how many more there are.

    `example` is a setting that chooses other ports.
    """
    taken = [(port, purpose) for port, purpose in ports if not is_free(port)]
    if taken:
        told = [f"{port} ({purpose}) is taken by {_owner(port)}" for port, purpose in taken[:TOLD]]
        more = [f"and {len(taken) - TOLD} more"] if len(taken) > TOLD else []
        raise Problem(
            ("A port is not free: " if len(taken) == 1 else "Ports are not free: ") + "; ".join([*told, *more]) + ".",
            f"Stop that program, or choose other ports, for example {example}.",
        )


def _owner(port: int) -> str:
    listening = (c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN)
    for connection in listening:
        if tuple(connection.laddr)[1:] == (port,) and connection.pid:
            return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "another program"
