"""Stripe's own OpenAPI document, as stripe-mock carries it, and a reading of it strict enough to compare objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

_BEGIN = b'{\n  "components": {\n    "schemas": {\n      "account": {'
_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


class Specification:
    """The schemas of Stripe's objects, by name."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self._schemas = schemas

    def differences(self, obj: dict[str, Any]) -> list[str]:
        """What an object has that Stripe's does not, lacks that Stripe's must have, or has in another JSON type."""
        return list(self._compare(obj, self._schemas[obj["object"]], obj["object"]))

    def _compare(self, value: Any, schema: Schema, where: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        if value is None:
            yield from () if schema.get("nullable") else (f"{where} is null",)
        elif "anyOf" in schema:
            options = [list(self._compare(value, option, where)) for option in schema["anyOf"]]
            yield from min(options, key=len)
        elif type(value) not in _TYPES[schema["type"]]:
            yield f"{where} is {type(value).__name__}, not {schema['type']}"
        elif value not in schema.get("enum", [value]):
            yield f"{where} is {value!r}, not one of {schema['enum']}"
        elif isinstance(value, dict):
            yield from self._compare_fields(value, schema, where)
        elif isinstance(value, list):
            for item in value:
                yield from self._compare(item, schema["items"], f"{where}[]")

    def _compare_fields(self, value: dict[str, Any], schema: Schema, where: str) -> Iterator[str]:
        properties = schema.get("properties", {})
        free = schema.get("additionalProperties")
        yield from (f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, inner in value.items():
            if name in properties:
                yield from self._compare(inner, properties[name], f"{where}.{name}")
            elif isinstance(free, dict):
                yield from self._compare(inner, free, f"{where}.{name}")
            elif properties:
                yield f"{where}.{name} is unknown"


def read_specification(stripe_mock: Path) -> Specification:
    """The document is embedded in the program as plain text; reading it there needs no second pin."""
    program = stripe_mock.read_bytes()
    begin = program.find(_BEGIN)
    assert begin >= 0, f"{stripe_mock} holds no OpenAPI document where version 0.203 has it: adapt _BEGIN"
    # Other data follow the document, so the decoder is asked for the first value only.
    text = program[begin : begin + (32 << 20)].decode("utf-8", "replace")
    document, _ = json.JSONDecoder().raw_decode(text)
    return Specification(document["components"]["schemas"])
