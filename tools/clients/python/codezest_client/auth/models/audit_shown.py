from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.audit_shown_action import AuditShownAction

if TYPE_CHECKING:
    from ..models.audit_shown_details import AuditShownDetails


T = TypeVar("T", bound="AuditShown")


@_attrs_define
class AuditShown:
    """Something that was done. `actor` is null for what was done by command; `details` depend on `action`.

    Attributes:
        seq (int):
        at (datetime.datetime):
        actor (None | UUID):
        action (AuditShownAction):
        user_id (UUID):
        reason (None | str):
        details (AuditShownDetails):
    """

    seq: int
    at: datetime.datetime
    actor: None | UUID
    action: AuditShownAction
    user_id: UUID
    reason: None | str
    details: AuditShownDetails
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        seq = self.seq

        at = self.at.isoformat()

        actor: None | str
        if isinstance(self.actor, UUID):
            actor = str(self.actor)
        else:
            actor = self.actor

        action = self.action.value

        user_id = str(self.user_id)

        reason: None | str
        reason = self.reason

        details = self.details.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "seq": seq,
                "at": at,
                "actor": actor,
                "action": action,
                "user_id": user_id,
                "reason": reason,
                "details": details,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audit_shown_details import AuditShownDetails  # noqa: PLC0415

        d = dict(src_dict)
        seq = d.pop("seq")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        def _parse_actor(data: object) -> None | UUID:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                actor_type_0 = UUID(data)

                return actor_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | UUID, data)

        actor = _parse_actor(d.pop("actor"))

        action = AuditShownAction(d.pop("action"))

        user_id = UUID(d.pop("user_id"))

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        details = AuditShownDetails.from_dict(d.pop("details"))

        audit_shown = cls(
            seq=seq,
            at=at,
            actor=actor,
            action=action,
            user_id=user_id,
            reason=reason,
            details=details,
        )

        audit_shown.additional_properties = d
        return audit_shown

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
