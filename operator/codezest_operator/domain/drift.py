"""How an object in the cluster differs from what Helm installed, by comparing it with what the API server would make of that."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codezest_operator.domain.spec import Ignore

Object = Mapping[str, Any]
# Every write changes them; none is anybody's wish.
BOOKKEEPING = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One object that is not as installed: gone, or different at these JSON pointers. Values are never told."""

    kind: str
    name: str
    paths: tuple[str, ...] = ()
    is_refused: bool = False  # what was installed cannot be applied over what is there

    def __str__(self) -> str:
        where = ", ".join(self.paths)
        if self.is_refused:
            at = f" ({where})" if where else ""
            return f"{self.kind}/{self.name} differs where nothing can be changed{at}: delete it, and it comes back"
        what = f"differs at {where}" if where else "is gone"
        return f"{self.kind}/{self.name} {what}"


def drift(installed: Object, live: Object | None, applied: Object, ignore: Iterable[Ignore] = ()) -> Drift | None:
    """None if the object is as installed. `applied` is what a dry run of applying it answers.

    Of a Secret only that it is there counts: the charts make secrets once and keep what people set since.
    """
    kind, name = installed["kind"], installed["metadata"]["name"]
    fitting = _about(installed, ignore)
    if any(not one.paths for one in fitting):
        return None
    if live is None:
        return Drift(kind=kind, name=name)
    if kind == "Secret":
        return None
    left_out = [path for one in fitting for path in one.paths]
    paths = [path for path in _differing(_essence(live), _essence(applied), "") if not _is_below(path, left_out)]
    return Drift(kind=kind, name=name, paths=tuple(paths)) if paths else None


def refused(installed: Object, fields: tuple[str, ...], ignore: Iterable[Ignore] = ()) -> Drift | None:
    """An object that the API server would not let become what was installed, because of these fields. None if that is ignored."""
    if any(not one.paths for one in _about(installed, ignore)):
        return None
    return Drift(kind=installed["kind"], name=installed["metadata"]["name"], paths=fields, is_refused=True)


def _about(installed: Object, ignore: Iterable[Ignore]) -> list[Ignore]:
    kind, name = installed["kind"], installed["metadata"]["name"]
    return [one for one in ignore if one.target.kind in ("", kind) and one.target.name in ("", name)]


def _essence(document: Object) -> dict[str, Any]:
    metadata = {key: value for key, value in document.get("metadata", {}).items() if key not in BOOKKEEPING}
    return {**{key: value for key, value in document.items() if key != "status"}, "metadata": metadata}


def _differing(old: Any, new: Any, at: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _differing(old.get(key), new.get(key), f"{at}/{_escaped(key)}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differing(before, after, f"{at}/{index}")
    elif old != new:
        yield at


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _is_below(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith(f"{root.rstrip('/')}/") for root in roots)
