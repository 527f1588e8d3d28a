"""Stripe's form encoding: `line_items[0][price]=x` and `expand[]=y`, read with the same complaints as Stripe's."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from tools.stripe.errors import StripeError, invalid_param, missing_param

_NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_MOST_FIELDS = 1000
_MOST_METADATA_KEYS, _LONGEST_METADATA_KEY, _LONGEST_METADATA_VALUE = 50, 40, 500
_LONGEST_TEXT = 5000


def parse(encoded: str) -> dict[str, Any]:
    """Nested dictionaries of strings; list indices stay keys. Raises StripeError for names that make no sense."""
    fields: dict[str, Any] = {}
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise StripeError(400, f"The request holds more than {_MOST_FIELDS} fields.") from error
    for name, value in pairs:
        _insert(fields, name, value)
    return fields


def _insert(fields: dict[str, Any], name: str, value: str) -> None:
    match = _NAME.match(name)
    if match is None:
        raise StripeError(400, f"Invalid parameter name: {name}", param=name)
    path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    node = fields
    for part in path[:-1]:
        node = node.setdefault(part, {})
        if not isinstance(node, dict):
            raise invalid_param(name, f"Invalid parameter: {name} is used both as a value and as a hash.")
    last = path[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise invalid_param(name, f"Invalid parameter: {name} is used both as a value and as a hash.")
    node[last] = value


class Params:
    """The parameters of one request. `prefix` is the name of the surrounding hash, for error messages."""

    def __init__(self, fields: dict[str, Any], *, prefix: str = "") -> None:
        self._fields = fields
        self._prefix = prefix

    def only(self, *names: str) -> None:
        """Refuse what the stand-in does not know, rather than ignore what real Stripe would act on."""
        for name in self._fields:
            if name not in {*names, "expand"}:
                param = self.name(name)
                message = f"Received unknown parameter: {param} (the local stand-in knows {', '.join(names)})"
                raise StripeError(400, message, code="parameter_unknown", param=param)

    def name(self, name: str) -> str:
        """The full name of a parameter, such as `line_items[0][price]`."""
        return f"{self._prefix}[{name}]" if self._prefix else name

    def text(self, name: str) -> str | None:
        """A string of 1 to 5000 characters, or None when absent or empty."""
        value = self._fields.get(name)
        if isinstance(value, dict):
            raise invalid_param(self.name(name), f"Invalid string: {self.name(name)}")
        if value is not None and len(value) > _LONGEST_TEXT:
            raise invalid_param(self.name(name), f"Invalid string: {self.name(name)} is longer than {_LONGEST_TEXT}.")
        return value or None

    def required(self, name: str) -> str:
        """As `text`, but it must be there."""
        value = self.text(name)
        if value is None:
            raise missing_param(self.name(name))
        return value

    def url(self, name: str) -> str | None:
        """An absolute http(s) address."""
        value = self.text(name)
        if value is not None and not re.match(r"^https?://[^/\s]+", value):
            raise StripeError(400, "Not a valid URL", code="url_invalid", param=self.name(name))
        return value

    def integer(self, name: str) -> int | None:
        """A whole number of up to 18 digits."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,18}", value):
            message = f"Invalid integer: {value}"
            raise StripeError(400, message, code="parameter_invalid_integer", param=self.name(name))
        return int(value)

    def boolean(self, name: str) -> bool | None:
        """`true` or `false`."""
        value = self.text(name)
        if value is None:
            return None
        if value not in {"true", "false"}:
            raise invalid_param(self.name(name), f"Invalid boolean: {value}")
        return value == "true"

    def choice(self, name: str, *options: str) -> str | None:
        """One of the given words."""
        value = self.text(name)
        if value is not None and value not in options:
            raise invalid_param(self.name(name), f"Invalid {self.name(name)}: must be one of {', '.join(options)}")
        return value

    def has(self, name: str) -> bool:
        """Whether the parameter was sent at all, even empty."""
        return name in self._fields

    def is_hash(self, name: str) -> bool:
        """Whether the parameter was sent as a hash rather than as a value."""
        return isinstance(self._fields.get(name), dict)

    def hash(self, name: str) -> Params:
        """A nested hash; empty when absent."""
        value = self._fields.get(name, {})
        if not isinstance(value, dict):
            raise invalid_param(self.name(name), f"Invalid hash: {self.name(name)}")
        return Params(value, prefix=self.name(name))

    def strings(self, name: str) -> list[str]:
        """A list of strings in the order of their indices; empty when absent."""
        inner = self.hash(name)
        return [inner.required(key) for key in inner.indices()]

    def hashes(self, name: str) -> list[Params]:
        """A list of hashes in the order of their indices; empty when absent."""
        inner = self.hash(name)
        return [inner.hash(key) for key in inner.indices()]

    def indices(self) -> list[str]:
        """The keys of a hash that is a list, in their order."""
        if not all(key.isdigit() for key in self._fields):
            raise invalid_param(self._prefix, f"Invalid array: {self._prefix}")
        return sorted(self._fields, key=int)

    def metadata(self, name: str, *, existing: dict[str, str] | None = None) -> dict[str, str]:
        """The metadata after this request: keys are merged, an empty value removes its key, an empty hash all."""
        if self._fields.get(name) == "":
            return {}
        inner = self.hash(name)
        sent = {key: inner.text(key) for key in inner._fields}
        merged = {**(existing or {}), **{key: value for key, value in sent.items() if value is not None}}
        for key in (key for key, value in sent.items() if value is None):
            merged.pop(key, None)
        if len(merged) > _MOST_METADATA_KEYS:
            raise invalid_param(self.name(name), f"Metadata can have at most {_MOST_METADATA_KEYS} keys.")
        for key, value in merged.items():
            if len(key) > _LONGEST_METADATA_KEY or len(value) > _LONGEST_METADATA_VALUE:
                limits = f"{_LONGEST_METADATA_KEY} and {_LONGEST_METADATA_VALUE}"
                raise invalid_param(inner.name(key), f"Metadata keys and values can have up to {limits} characters.")
        return merged
