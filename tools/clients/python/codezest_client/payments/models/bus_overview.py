from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.cursor_shown import CursorShown
    from ..models.head_shown import HeadShown
    from ..models.outbox_shown import OutboxShown
    from ..models.parked_count import ParkedCount


T = TypeVar("T", bound="BusOverview")


@_attrs_define
class BusOverview:
    """Where one service's bus stands.

    Attributes:
        service (str):
        head (HeadShown): The end of the service's own log. `epoch` names its database's past, which began for us at
            `epoch_start`.
        outbox (OutboxShown): Events that have no position yet: `rows` is 0 and `oldest_seconds` null nearly always.
        cursors (list[CursorShown]):
        parked (list[ParkedCount]):
        skipped (int): Events that were skipped, ever
    """

    service: str
    head: HeadShown
    outbox: OutboxShown
    cursors: list[CursorShown]
    parked: list[ParkedCount]
    skipped: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        service = self.service

        head = self.head.to_dict()

        outbox = self.outbox.to_dict()

        cursors = []
        for cursors_item_data in self.cursors:
            cursors_item = cursors_item_data.to_dict()
            cursors.append(cursors_item)

        parked = []
        for parked_item_data in self.parked:
            parked_item = parked_item_data.to_dict()
            parked.append(parked_item)

        skipped = self.skipped

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "service": service,
                "head": head,
                "outbox": outbox,
                "cursors": cursors,
                "parked": parked,
                "skipped": skipped,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.cursor_shown import CursorShown  # noqa: PLC0415
        from ..models.head_shown import HeadShown  # noqa: PLC0415
        from ..models.outbox_shown import OutboxShown  # noqa: PLC0415
        from ..models.parked_count import ParkedCount  # noqa: PLC0415

        d = dict(src_dict)
        service = d.pop("service")

        head = HeadShown.from_dict(d.pop("head"))

        outbox = OutboxShown.from_dict(d.pop("outbox"))

        cursors = []
        _cursors = d.pop("cursors")
        for cursors_item_data in _cursors:
            cursors_item = CursorShown.from_dict(cursors_item_data)

            cursors.append(cursors_item)

        parked = []
        _parked = d.pop("parked")
        for parked_item_data in _parked:
            parked_item = ParkedCount.from_dict(parked_item_data)

            parked.append(parked_item)

        skipped = d.pop("skipped")

        bus_overview = cls(
            service=service,
            head=head,
            outbox=outbox,
            cursors=cursors,
            parked=parked,
            skipped=skipped,
        )

        bus_overview.additional_properties = d
        return bus_overview

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
