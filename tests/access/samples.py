"""A valid request, made of what OpenAPI says about it: its examples first, else the least that the schema allows."""

from typing import Any
from uuid import uuid4

Document = dict[str, Any]


def sample(schema: Document, document: Document) -> Any:
    """A value that fits `schema`, a part of `document`."""
    if reference := schema.get("$ref"):
        return sample(_resolved(reference, document), document)
    for word in ("const", "example", "default"):
        if schema.get(word) is not None:
            return schema[word]
    for word in ("examples", "enum"):
        if schema.get(word):
            return schema[word][0]
    for word in ("anyOf", "oneOf", "allOf"):
        if schema.get(word):
            return sample(schema[word][0], document)
    return _least(schema, document)


def _least(schema: Document, document: Document) -> Any:
    kind = schema.get("type", "string")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: sample(properties[name], document) for name in schema.get("required", ())}
    if kind == "array":
        return [sample(schema["items"], document)] * schema.get("minItems", 0)
    if kind in {"integer", "number"}:
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if schema.get("format") == "uuid":
        return str(uuid4())
    return "x" * max(schema.get("minLength", 1), 1)


def body_of(operation: Document, document: Document) -> Any:
    """A valid body in JSON, None if there is none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    if given := content.get("examples"):
        return next(iter(given.values()))["value"]
    return content.get("example") or sample(content["schema"], document)


def header_of(name: str, schema: Document, document: Document) -> str:
    """A valid header; an idempotency key is new each time."""
    if name.lower() == "idempotency-key":
        return str(uuid4())
    return str(sample(schema, document))


def _resolved(reference: str, document: Document) -> Document:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    schema: Document = found
    return schema
