"""What makes a CodeZest impossible to install, found before anything is touched, with what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from codezest_operator.domain.catalogue import Catalogue
from codezest_operator.domain.conditions import Reason, Verdict
from codezest_operator.domain.spec import SecretKey, Spec, WayIn


@dataclass(frozen=True, kw_only=True, order=True)
class Claim:
    """A CodeZest that claims its namespace and its host. Of two, the older one has it."""

    created: datetime
    namespace: str
    name: str
    host: str = ""

    @classmethod
    def of(cls, spec: Spec, *, namespace: str, name: str, created: datetime) -> "Claim":
        """The claim of a CodeZest; one that shows itself nowhere claims no host."""
        host = "" if spec.ingress.mode is WayIn.none else urlsplit(spec.ingress.url).hostname or ""
        return cls(created=created, namespace=namespace, name=name, host=host)


def obstacle(
    spec: Spec, catalogue: Catalogue, own: Claim, others: Iterable[Claim], secrets: Mapping[SecretKey, bool]
) -> Verdict | None:
    """The first thing in the way, or None. `secrets` says of each referenced key whether it is there."""
    if spec.version != catalogue.version:
        return _stalled(
            Reason.unknown_version,
            f"This operator installs version {catalogue.version}, not {spec.version}; what runs is left as it is. "
            f"Set spec.version to {catalogue.version}, or install the operator of version {spec.version}.",
        )
    if unknown := sorted(spec.services.keys() - catalogue.services.keys()):
        known = ", ".join(sorted(catalogue.services))
        return _stalled(
            Reason.unknown_service,
            f"There is no service {', '.join(unknown)}. Name those of version {catalogue.version} in spec.services: {known}.",
        )
    for other in sorted(one for one in others if one < own):
        if other.namespace == own.namespace:
            return _stalled(
                Reason.namespace_taken,
                f"The CodeZest {other.name} has this namespace already. Delete one of both, or use another namespace.",
            )
        if other.host and other.host == own.host:
            return _stalled(
                Reason.host_taken,
                f"{other.namespace}/{other.name} serves the host {own.host} already. Give spec.ingress.url another one.",
            )
    missing = [f"{key.name} (key {key.key})" if key.key else key.name for key, there in secrets.items() if not there]
    if missing:
        return _stalled(
            Reason.secret_missing,
            f"Missing in namespace {own.namespace}: Secret {', '.join(missing)}. Make it, or name another in the spec.",
        )
    return None


def _stalled(reason: Reason, message: str) -> Verdict:
    return Verdict(ready=False, reason=reason, message=message, stalled=True)
