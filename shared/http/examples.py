"""Examples of bodies, composed from what their schemas say of each field. The same each time."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

FORMATS = {"date-time": "2026-01-15T09:30:00Z", "date": "2026-01-15", "binary": "..."}
SINGLE = {"boolean": True, "null": None}
REF = "#/components/schemas/"


class NoExample(LookupError):
    """A field whose schema neither gives an example nor leaves only one sensible value."""


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "body") -> Any:
    """What `schema` allows: `examples` where it has them, else what follows from its type. NoExample names the field."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(REF)], schemas, name)
    if schema.get("examples"):
        return schema["examples"][0]
    for says in ("const", "default"):
        if schema.get(says) is not None:
            return schema[says]
    if schema.get("enum"):
        return schema["enum"][0]
    for choice in schema.get("anyOf", schema.get("oneOf", [])):
        with suppress(NoExample):
            return example_of(choice, schemas, name)
    return _of_type(schema, schemas, name)


def some_id(name: str) -> UUID:
    """The UUIDv7 that stands for `name` in all examples."""
    digits = hashlib.sha256(name.encode()).hexdigest()
    return UUID(f"019bc0b5-1f40-7{digits[:3]}-8{digits[3:6]}-{digits[6:18]}")


def _of_type(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str) -> Any:
    kind, form = schema.get("type"), schema.get("format")
    if kind == "object":
        return {key: example_of(value, schemas, key) for key, value in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema["items"], schemas, name)]
    if form == "uuid":
        return str(some_id(name))
    if kind in {"integer", "number"}:
        return max(1, schema.get("minimum", 1))
    if form in FORMATS:
        return FORMATS[form]
    if kind in SINGLE:
        return SINGLE[kind]
    raise NoExample(f"{name}: give the field an example, `Field(examples=[...])`")
