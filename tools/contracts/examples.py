"""One example of every event: what its fields' `examples` say, else what their JSON Schema allows. The same each time."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.bus.envelope import Envelope
from shared.events.event import Event

AT = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)
SMALLEST: dict[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None}
OF_FORMAT = {"date-time": AT.isoformat().replace("+00:00", "Z"), "date": AT.date().isoformat()}


def example_data(event: type[Event]) -> dict[str, Any]:
    """What an event of this class may hold, as JSON. Raises pydantic.ValidationError if an `examples` does not fit."""
    fields = event.model_json_schema()["properties"]
    data = {name: _value(name, described) for name, described in fields.items()}
    return event.model_validate(data).model_dump(mode="json")


def example_envelope(event: type[Event]) -> dict[str, Any]:
    """Such an event as it stands in the emitting service's log: `GET /bus/log` gives it so to consumers."""
    data = example_data(event)
    envelope = Envelope(
        id=some_id(event.event_type),
        type=event.event_type,
        source=event.source(),
        position=1204,
        epoch="7456301288412365921-00000001",
        key=str(data[event.key_field]),
        actor=some_id("user_id"),
        time=AT,
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        data=data,
    )
    return envelope.model_dump(mode="json")


def some_id(name: str) -> UUID:
    """The UUIDv7 that stands for `name` in all examples."""
    digits = hashlib.sha256(name.encode()).hexdigest()
    return UUID(f"019bc0b5-1f40-7{digits[:3]}-8{digits[3:6]}-{digits[6:18]}")


def _value(name: str, described: dict[str, Any]) -> Any:
    for says in ("examples", "enum", "anyOf"):
        if says in described:
            first = described[says][0]
            return _value(name, first) if says == "anyOf" else first
    for says in ("const", "default"):
        if says in described:
            return described[says]
    if described.get("format") == "uuid":
        return str(some_id(name))
    return OF_FORMAT.get(described.get("format", ""), SMALLEST[described["type"]])
