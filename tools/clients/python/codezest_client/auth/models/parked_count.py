from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.parked_count_state import ParkedCountState

T = TypeVar("T", bound="ParkedCount")


@_attrs_define
class ParkedCount:
    """How many events of a source are parked in one state.

    Attributes:
        consumer (str):
        source (str):
        state (ParkedCountState):
        events (int):
    """

    consumer: str
    source: str
    state: ParkedCountState
    events: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        consumer = self.consumer

        source = self.source

        state = self.state.value

        events = self.events

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "consumer": consumer,
                "source": source,
                "state": state,
                "events": events,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        consumer = d.pop("consumer")

        source = d.pop("source")

        state = ParkedCountState(d.pop("state"))

        events = d.pop("events")

        parked_count = cls(
            consumer=consumer,
            source=source,
            state=state,
            events=events,
        )

        parked_count.additional_properties = d
        return parked_count

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
