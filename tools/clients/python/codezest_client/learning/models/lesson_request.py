from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.lesson_request_access import LessonRequestAccess

T = TypeVar("T", bound="LessonRequest")


@_attrs_define
class LessonRequest:
    """A lesson, to come after those of its module.

    Attributes:
        slug (str):
        title (str):
        body (str): Markdown; raw HTML is shown as text
        access (LessonRequestAccess):
        minutes (int): An honest guess, reading and trying included
    """

    slug: str
    title: str
    body: str
    access: LessonRequestAccess
    minutes: int

    def to_dict(self) -> dict[str, Any]:
        slug = self.slug

        title = self.title

        body = self.body

        access = self.access.value

        minutes = self.minutes

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "slug": slug,
                "title": title,
                "body": body,
                "access": access,
                "minutes": minutes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        slug = d.pop("slug")

        title = d.pop("title")

        body = d.pop("body")

        access = LessonRequestAccess(d.pop("access"))

        minutes = d.pop("minutes")

        lesson_request = cls(
            slug=slug,
            title=title,
            body=body,
            access=access,
            minutes=minutes,
        )

        return lesson_request
