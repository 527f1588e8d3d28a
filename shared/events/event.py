"""What every event is: a frozen, named, past-tense fact. The classes themselves live beside, one module per emitting service."""

import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

MAX_EVENT_BYTES = 64 * 1024


class PersonalMark:
    """Marks a field as personal data: redaction in logs and in the stored log, and the JSON Schema, read it."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "x-personal": True}


Personal = PersonalMark()


class Event(BaseModel):
    """A fact. Fields are ids and primitives, <= 64 KiB as JSON; they may only be added, with defaults.

    `class UserCreated(Event, type="auth.user-created.v1", key="user_id")`: `type` is `<service>.<fact>.v<N>`; events that
    share the value of the `key` field are applied in the order in which they were emitted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    catalogue: ClassVar[dict[str, type["Event"]]] = {}
    event_type: ClassVar[str]
    key_field: ClassVar[str]

    def __init_subclass__(cls, **_kwargs: Any) -> None:
        """Let the class arguments through to pydantic's own hook below."""
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        type, key = kwargs["type"], kwargs["key"]  # noqa: A001 - the words of the class statement
        if type in Event.catalogue:
            raise TypeError(f"{type} is declared twice: by {Event.catalogue[type].__name__} and by {cls.__name__}")
        if key not in cls.model_fields:
            raise TypeError(f"{cls.__name__} has no field {key!r} to be its key")
        cls.event_type, cls.key_field = type, key
        Event.catalogue[type] = cls

    @property
    def key(self) -> str:
        """What this fact is about; order is kept per key."""
        return str(getattr(self, type(self).key_field))

    @classmethod
    def source(cls) -> str:
        """The service that emits this event."""
        return cls.event_type.split(".", 1)[0]

    @classmethod
    def receive(cls, data: Mapping[str, Any]) -> Self:
        """The event another service stored as `data`. Fields this release does not know are tolerated.

        Raises pydantic.ValidationError when a known field is missing or wrong.
        """
        return cls.model_validate(data, extra="ignore")

    @classmethod
    def personal_fields(cls) -> frozenset[str]:
        """Names of the fields that hold personal data."""
        return frozenset(name for name, field in cls.model_fields.items() if Personal in field.metadata)


def load_catalogue() -> dict[str, type[Event]]:
    """Every event type there is, by its name. Imports the catalogue's modules."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"shared.events.{module.name}")
    return Event.catalogue
