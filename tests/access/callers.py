"""Everybody who may try: the cast, people without a token that counts, and the platform's own services."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from uuid_utils.compat import uuid7

from tests.running import Running
from tests.shared.forging import Mint


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with an account."""

    name: str
    id: UUID
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls. `somebody` has a token that counts, `nobody` has none; `forged` headers count for nothing either."""

    name: str
    kind: Literal["nobody", "expired", "somebody", "service", "sidecar"]
    person: Person | None = None
    has_own: bool = True  # objects to call for; Mallory is after those of others

    def headers(self, run: Running) -> dict[str, str]:
        """What the caller sends along."""
        if self.kind == "service":
            return run.from_service(self.name)
        if self.kind == "sidecar":
            return run.from_sidecar
        if self.name == FORGER:
            return {"dapr-api-token": "guess", "dapr-caller-app-id": "notifications"}
        if self.person is None:
            return {}
        if self.kind == "somebody":
            return run.sign_in(self.person.id, *self.person.roles)
        mint = Mint(run._key)
        times = {"iat": mint.now - 700, "exp": mint.now - 100}
        theirs = {"sub": str(self.person.id), "roles": list(self.person.roles)}
        return {"authorization": f"Bearer {mint.sealed(mint.header, {**mint.claims, **theirs, **times})}"}


FORGER = "Mallory as a service"

ADA = Person(name="Ada", id=uuid7())
BRIAN = Person(name="Brian", id=uuid7(), roles=("author",))
GRACE = Person(name="Grace", id=uuid7(), roles=("admin",))
MALLORY = Person(name="Mallory", id=uuid7(), roles=("author",))
OTHER = Person(name="another author", id=uuid7(), roles=("author",))  # whose objects are others' for all who call

CALLERS = (
    Caller(name="anonymous", kind="nobody"),
    Caller(name=FORGER, kind="nobody"),
    Caller(name="Grace, token expired", kind="expired", person=GRACE),
    Caller(name="Ada", kind="somebody", person=ADA),
    Caller(name="Brian", kind="somebody", person=BRIAN),
    Caller(name="Grace", kind="somebody", person=GRACE),
    Caller(name="Mallory", kind="somebody", person=MALLORY, has_own=False),
    Caller(name="notifications", kind="service"),
    Caller(name="learning", kind="service"),
    Caller(name="own sidecar", kind="sidecar"),
)
