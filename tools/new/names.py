"""Which names a new service may have. A name becomes a Python package, a schema, two roles, a topic, a host and an address."""

import keyword
import re
import sys
from pathlib import Path

from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS

from tools.local.plan import BACKING
from tools.local.ports import OFFSETS
from tools.new.refusal import Refused

# Short enough for every name that is made of it: roles end at 63 characters, names in Kubernetes at 53.
SHAPE = re.compile("[a-z][a-z0-9]{1,29}")
ROLES = frozenset({"postgres", "public", "none", "codezest"})  # PostgreSQL's own, and our database
HOUSE = frozenset({"services", "shared", "tools", "tests", "docs", "platform"})
OFFERS = "Choose another name."


def check_name(name: str, root: Path) -> None:
    """Refused, with the reason, unless a service in the repository at `root` can have this name."""
    if not SHAPE.fullmatch(name):
        raise Refused(
            f"{name!r} is no name for a service: it must be 2 to 30 lower-case letters and digits, a letter first, "
            f"because it becomes a Python package, a database schema, a topic and a host name. For example: certificates."
        )
    for names, what in _taken(root):
        if name in names:
            raise Refused(f"{name!r} {what}. {OFFERS}")


def _taken(root: Path) -> list[tuple[frozenset[str], str]]:
    return [
        (_below(root, "services"), "is a service already"),
        (frozenset(keyword.kwlist) | frozenset(keyword.softkwlist), "is a word of Python"),
        (sys.stdlib_module_names, "is a module of Python's standard library"),
        (frozenset(RESERVED_WORDS), "is a reserved word of SQL, and the service's schema would have that name"),
        (_below(root, "shared", "shared/db", "shared/events"), "is a part of shared/ already"),
        (_below(root, "tests"), "is a folder of tests already"),
        (frozenset(BACKING) | frozenset(OFFSETS), "is a program of the local platform"),
        (ROLES | HOUSE, "means something else here"),
    ]


def _below(root: Path, *folders: str) -> frozenset[str]:
    return frozenset(path.stem for folder in folders for path in (root / folder).iterdir())
