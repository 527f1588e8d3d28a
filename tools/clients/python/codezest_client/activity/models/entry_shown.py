from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.entry_shown_params import EntryShownParams


T = TypeVar("T", bound="EntryShown")


@_attrs_define
class EntryShown:
    """Something the person did. `text` is for people; `verb` and `params` are for programs and never change.

    Attributes:
        id (UUID):
        verb (str):
        text (str):
        at (datetime.datetime):
        params (EntryShownParams):
    """

    id: UUID
    verb: str
    text: str
    at: datetime.datetime
    params: EntryShownParams
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        verb = self.verb

        text = self.text

        at = self.at.isoformat()

        params = self.params.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "verb": verb,
                "text": text,
                "at": at,
                "params": params,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.entry_shown_params import EntryShownParams  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        verb = d.pop("verb")

        text = d.pop("text")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        params = EntryShownParams.from_dict(d.pop("params"))

        entry_shown = cls(
            id=id,
            verb=verb,
            text=text,
            at=at,
            params=params,
        )

        entry_shown.additional_properties = d
        return entry_shown

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
