from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="SubmissionRequest")


@_attrs_define
class SubmissionRequest:
    """A solution to hand in: the content of the assignment's starter file, finished.

    Attributes:
        code (str): At most 64 KiB of UTF-8
    """

    code: str

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        code = d.pop("code")

        submission_request = cls(
            code=code,
        )

        return submission_request
