from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="CursorShown")


@_attrs_define
class CursorShown:
    """How far a consumer has come in a source's log. A backfill's consumer is `<service>/<fact>`, as auth.user-created.

    `source_head` is the last position this replica has seen of the source, null before it has seen any. A lane that has
    `stopped` waits for a person: the service's log says why.

        Attributes:
            consumer (str):
            source (str):
            position (int):
            types (list[str]):
            version (int):
            epoch (None | str):
            source_head (int | None):
            tries (int):
            stopped (bool):
    """

    consumer: str
    source: str
    position: int
    types: list[str]
    version: int
    epoch: None | str
    source_head: int | None
    tries: int
    stopped: bool
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        consumer = self.consumer

        source = self.source

        position = self.position

        types = self.types

        version = self.version

        epoch: None | str
        epoch = self.epoch

        source_head: int | None
        source_head = self.source_head

        tries = self.tries

        stopped = self.stopped

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "consumer": consumer,
                "source": source,
                "position": position,
                "types": types,
                "version": version,
                "epoch": epoch,
                "source_head": source_head,
                "tries": tries,
                "stopped": stopped,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        consumer = d.pop("consumer")

        source = d.pop("source")

        position = d.pop("position")

        types = cast(list[str], d.pop("types"))

        version = d.pop("version")

        def _parse_epoch(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        epoch = _parse_epoch(d.pop("epoch"))

        def _parse_source_head(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        source_head = _parse_source_head(d.pop("source_head"))

        tries = d.pop("tries")

        stopped = d.pop("stopped")

        cursor_shown = cls(
            consumer=consumer,
            source=source,
            position=position,
            types=types,
            version=version,
            epoch=epoch,
            source_head=source_head,
            tries=tries,
            stopped=stopped,
        )

        cursor_shown.additional_properties = d
        return cursor_shown

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
