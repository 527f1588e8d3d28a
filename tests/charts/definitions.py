"""What Kubernetes and the kinds added to it take, field by field: a field that nobody knows is refused, as by the strictest server."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from tools.toolchain import programs

Schema = dict[str, Any]

ADDED = (
    "crd-component",
    "crd-configuration",
    "crd-resiliency",
    "crd-httproute",
    "crd-servicemonitor",
    "crd-podmonitor",
    "crd-prometheusrule",
)
KIND = "x-kubernetes-group-version-kind"
# Free-form on purpose: what is below belongs to somebody else.
OPEN = "x-kubernetes-preserve-unknown-fields"


def faults(manifest: dict[str, Any]) -> list[str]:
    """What is wrong with an object, each as `path: reason`."""
    known = (manifest.get("apiVersion"), manifest.get("kind"))
    if known not in definitions():
        return [f"{known[0]} {known[1]} is no kind that Kubernetes 1.35 or an added definition knows"]
    found = Draft202012Validator(definitions()[known]).iter_errors(manifest)
    return [f"{'.'.join(map(str, fault.absolute_path))}: {fault.message}" for fault in found]


@cache
def definitions() -> dict[tuple[str, str], Schema]:
    """(apiVersion, kind) -> JSON Schema that refuses unknown fields."""
    return dict([*_of_kubernetes(), *(pair for name in ADDED for pair in _of_definition(name))])


def _of_kubernetes() -> Iterator[tuple[tuple[str, str], Schema]]:
    document = json.loads(programs.ensure("kubernetes-openapi").read_text(encoding="utf-8"))
    shared = {name: _strict(schema) for name, schema in document["definitions"].items()}
    for name, schema in document["definitions"].items():
        for kind in schema.get(KIND, ()):
            version = "/".join(filter(None, (kind["group"], kind["version"])))
            yield (version, kind["kind"]), {"$ref": f"#/definitions/{name}", "definitions": shared}


def _of_definition(name: str) -> Iterator[tuple[tuple[str, str], Schema]]:
    spec = yaml.safe_load(programs.ensure(name).read_text(encoding="utf-8"))["spec"]
    for version in spec["versions"]:
        schema = _strict(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}
        yield (f"{spec['group']}/{version['name']}", spec["names"]["kind"]), schema


def _strict(schema: Any) -> Any:
    """The same schema, but that objects with named fields take no others, and a quantity or port may be number or text."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string") or schema.get("format") == "int-or-string":
        return {"type": ["integer", "string"]}
    if str(schema.get("description", "")).startswith("Quantity is a fixed-point"):
        return {"type": ["number", "string"]}
    strict = {key: _strict(value) for key, value in schema.items() if key not in {"description", "format", "default"}}
    if isinstance(schema.get("properties"), dict) and not schema.get(OPEN) and "additionalProperties" not in schema:
        strict["additionalProperties"] = False
    if schema.get("nullable"):
        strict = {"anyOf": [strict, {"type": "null"}]}
    return strict
