"""What every event is: a frozen, named, past-tense fact. The classes themselves live beside, one module per emitting service."""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

MAX_EVENT_BYTES = 64 * 1024
REDACTED = "[redacted]"  # what stands for personal data in stored events once the person is erased

TYPE = re.compile(r"(?P<fact>(?P<source>[a-z][a-z0-9]*)\.[a-z][a-z0-9-]*)\.v(?P<version>[1-9][0-9]*)")


class PersonalMark:
    """Marks a field as personal data: redaction in logs and in the stored log, and the JSON Schema, read it."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "x-personal": True}


Personal = PersonalMark()


class Event(BaseModel):
    """A fact. Fields are ids and primitives, <= 64 KiB as JSON; they may only be added, with defaults.

    `class UserCreated(Event, type="auth.user-created.v1", key="user_id")`: `type` is `<service>.<fact>.v<N>`; events that
    share the value of the `key` field are applied in the order in which they were emitted. What cannot be had by adding
    a field is a second version, `replaces=` the first; its classmethod `upcast` makes it of what was stored before.
    `announced=False` is for what happens often and nobody waits for: consumers find it within about two seconds, by pulling.
    """

    # A refused event is not quoted: what is wrong with it may be personal.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    catalogue: ClassVar[dict[str, type["Event"]]] = {}
    event_type: ClassVar[str]
    key_field: ClassVar[str]
    replaces: ClassVar[type["Event"] | None]
    announced: ClassVar[bool]

    def __init_subclass__(cls, **_kwargs: Any) -> None:
        """Let the class arguments through to pydantic's own hook below."""
        super().__init_subclass__()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        try:
            cls.event_type, cls.key_field = kwargs.pop("type"), kwargs.pop("key")
        except KeyError as missing:
            raise TypeError(
                f'{cls.__name__} needs {missing}: class {cls.__name__}(Event, type="<service>.<fact>.v1", key="<field>")'
            ) from None
        cls.replaces = kwargs.pop("replaces", None)
        cls.announced = kwargs.pop("announced", True)
        if kwargs:
            raise TypeError(
                f"{cls.__name__}: an event takes type, key, replaces and announced, not {', '.join(kwargs)}"
            )
        cls._check_declaration()
        cls._check_version()
        Event.catalogue[cls.event_type] = cls

    @classmethod
    def _check_declaration(cls) -> None:
        if not TYPE.fullmatch(cls.event_type):
            raise TypeError(f"{cls.__name__}: {cls.event_type!r} is not <service>.<fact>.v<N>, in lower case")
        if cls.event_type in Event.catalogue:
            taken = Event.catalogue[cls.event_type].__name__
            raise TypeError(f"{cls.event_type} is declared twice: by {taken} and by {cls.__name__}")
        if cls.key_field not in cls.model_fields:
            raise TypeError(f"{cls.__name__} has no field {cls.key_field!r} to be its key")
        if cls.key_field in cls.personal_fields():
            raise TypeError(
                f"{cls.__name__}: its key stays when a person is erased, so it cannot be Personal: take an id"
            )
        for name, field in cls.model_fields.items():
            if (name in cls.personal_fields() or _holds_mark(field.annotation)) and not _may_be_redacted(field):
                raise TypeError(f"{cls.__name__}.{name} is Personal: make it a str that may become {REDACTED!r}")

    @classmethod
    def _check_version(cls) -> None:
        old, version = cls.replaces, _version(cls.event_type)
        if old is None:
            if version > 1:
                raise TypeError(
                    f"{cls.__name__} is version {version}: name the class of version {version - 1} with replaces="
                )
            return
        if fact_of(old.event_type) != fact_of(cls.event_type) or _version(old.event_type) != version - 1:
            raise TypeError(
                f"{cls.__name__} replaces {old.event_type}: its type must be {fact_of(old.event_type)}"
                f".v{_version(old.event_type) + 1}, not {cls.event_type}"
            )
        if old.key_field != cls.key_field:
            raise TypeError(f"{cls.__name__} must keep the key {old.key_field!r}: the order of the fact hangs on it")
        if "upcast" not in vars(cls):
            raise TypeError(
                f"{cls.__name__} must say what it makes of a stored {old.__name__}: "
                f"@classmethod def upcast(cls, old: {old.__name__}) -> Self"
            )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """What repr, str and with them log lines show: everything but personal data."""
        personal = self.personal_fields()
        return [(name, "[personal]" if name in personal else value) for name, value in super().__repr_args__()]

    @property
    def key(self) -> str:
        """What this fact is about; order is kept per key."""
        return str(getattr(self, type(self).key_field))

    @property
    def superseded(self) -> bool:
        """Whether a newer version has replaced this one, so that it is received but never emitted."""
        return self.replaced_by() is not None

    @classmethod
    def source(cls) -> str:
        """The service that emits this event."""
        return cls.event_type.split(".", 1)[0]

    @classmethod
    def replaced_by(cls) -> type["Event"] | None:
        """The next version of this fact, None for the newest."""
        return Event.catalogue.get(f"{fact_of(cls.event_type)}.v{_version(cls.event_type) + 1}")

    @classmethod
    def current(cls, event_type: str) -> type["Event"] | None:
        """The newest version of the fact that is stored as `event_type`; None for a type this release does not know."""
        found = Event.catalogue.get(event_type)
        while found is not None and (newer := found.replaced_by()) is not None:
            found = newer
        return found

    @classmethod
    def receive(cls, data: Mapping[str, Any]) -> Self:
        """The event another service stored as `data`. Fields this release does not know are tolerated.

        Raises pydantic.ValidationError when a known field is missing or wrong.
        """
        return cls.model_validate(data, extra="ignore")

    @classmethod
    def upcast(cls, old: Any) -> Self:
        """What `old`, an event of the version before, is in this version: every class that replaces another defines it."""
        raise TypeError(f"{cls.__name__} replaces nothing, so no {type(old).__name__} becomes one")

    @classmethod
    def personal_fields(cls) -> frozenset[str]:
        """Names of the fields that hold personal data."""
        return frozenset(name for name, field in cls.model_fields.items() if Personal in field.metadata)


@lru_cache(maxsize=1000)  # asked several times for each event
def fact_of(event_type: str) -> str:
    """The type without its version, which all versions share: `auth.user-created`. Unchanged if it has no version."""
    declared = TYPE.fullmatch(event_type)
    return declared["fact"] if declared else event_type


def received(event_type: str, data: Mapping[str, Any]) -> Event:
    """The event that was stored as `data` under `event_type`, as its newest version, upcast step by step.

    Raises LookupError for a type this release does not know, pydantic.ValidationError for data that do not fit it, and
    whatever an upcast raises.
    """
    if event_type not in Event.catalogue:
        raise LookupError(f"this release does not know {event_type}: deploy the one that declares it")
    event: Event = Event.catalogue[event_type].receive(data)
    while (newer := event.replaced_by()) is not None:
        event = newer.upcast(event)
    return event


def load_catalogue() -> dict[str, type[Event]]:
    """Every event type there is, by its name. Imports the catalogue's modules."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"shared.events.{module.name}")
    return Event.catalogue


def _holds_mark(annotation: Any) -> bool:
    return Personal in getattr(annotation, "__metadata__", ()) or any(map(_holds_mark, get_args(annotation)))


def _may_be_redacted(field: FieldInfo) -> bool:
    try:
        TypeAdapter(Annotated[str, field]).validate_python(REDACTED)
    except ValidationError:
        return False
    return field.annotation is str


@lru_cache(maxsize=1000)
def _version(event_type: str) -> int:
    declared = TYPE.fullmatch(event_type)
    return int(declared["version"]) if declared else 0
