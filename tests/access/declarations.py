"""What a declaration says must happen, whoever calls for whatever: nothing here knows any route."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tests.access.callers import Caller

# "none": the operation is about no object. "unpublished": another's, whom nobody else knows it of yet.
Object = Literal["none", "own", "foreign", "unpublished", "absent"]


class Outcome(StrEnum):
    """What a caller can be told. `let in` is whatever follows: an answer, or that something else is wrong."""

    let_in = "let in"
    unauthenticated = "401, sign in first"
    forbidden = "403"
    absent = "404, as if there were none"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A declaration, read. `names` are the roles or services it is for."""

    kind: Literal["public", "public or signed in", "sidecar", "service", "signed in", "role", "owner"]
    names: frozenset[str] = frozenset()
    admins: bool = False
    others: Outcome = Outcome.let_in

    @classmethod
    def read(cls, text: str) -> "Rule":
        """ValueError for words it does not know."""
        if text in {"public", "public or signed in", "sidecar", "signed in"}:
            return cls(kind=text)  # type: ignore[arg-type]  # one of those four
        if named := re.fullmatch(r"(role|service)((?: \w+| or \w+)*)", text):
            names = frozenset(named[2].split()) - {"or"}
            return cls(kind=named[1], names=names, admins=named[1] == "role")  # type: ignore[arg-type]  # one of two
        if owned := re.fullmatch(r"owner(?: with role (\w+))?( or admin)?, to others (absent|refused)", text):
            others = Outcome.absent if owned[3] == "absent" else Outcome.forbidden
            names = frozenset({owned[1]} if owned[1] else ())
            return cls(kind="owner", names=names, admins=bool(owned[2]), others=others)
        raise ValueError(f"no such rule is known: {text!r}")

    def expect(self, caller: Caller, thing: Object, *, looked_up: bool) -> Outcome:
        """What must become of this call. `looked_up` objects are in the path: one that is absent is not found."""
        return self._door(caller) or self._object(caller, thing, looked_up=looked_up)

    def _door(self, caller: Caller) -> Outcome | None:
        """What the caller is told whatever they ask for; None if that depends."""
        if self.kind == "sidecar":
            return Outcome.let_in if caller.kind == "sidecar" else Outcome.unauthenticated
        if self.kind == "service":
            named = caller.kind == "service" and (not self.names or caller.name in self.names)
            inside = caller.kind in {"service", "sidecar"}
            return Outcome.let_in if named else Outcome.forbidden if inside else Outcome.unauthenticated
        if self.kind == "public" or (self.kind == "public or signed in" and caller.kind != "expired"):
            return None
        if caller.kind != "somebody" or caller.person is None:
            return Outcome.unauthenticated
        lacks_role = self.names.isdisjoint(caller.person.roles) and not _is_admin(caller)
        return Outcome.forbidden if self.names and lacks_role else None

    def _object(self, caller: Caller, thing: Object, *, looked_up: bool) -> Outcome:
        if thing in {"none", "own"}:
            return Outcome.let_in
        if thing == "absent" and looked_up:
            return Outcome.absent
        sees_all = _is_admin(caller) and (self.kind != "owner" or self.admins)
        if thing == "unpublished" and not sees_all:
            return Outcome.absent
        return self.others if self.kind == "owner" and not sees_all else Outcome.let_in


def _is_admin(caller: Caller) -> bool:
    return caller.kind == "somebody" and caller.person is not None and "admin" in caller.person.roles
