from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CourseRequest")


@_attrs_define
class CourseRequest:
    """A new course; it is a draft until it is published. The slug is for ever.

    Attributes:
        slug (str):
        title (str):
        summary (str | Unset):  Default: ''.
        language (str | Unset): Of the texts Default: 'en'.
    """

    slug: str
    title: str
    summary: str | Unset = ""
    language: str | Unset = "en"

    def to_dict(self) -> dict[str, Any]:
        slug = self.slug

        title = self.title

        summary = self.summary

        language = self.language

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "slug": slug,
                "title": title,
            }
        )
        if summary is not UNSET:
            field_dict["summary"] = summary
        if language is not UNSET:
            field_dict["language"] = language

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        slug = d.pop("slug")

        title = d.pop("title")

        summary = d.pop("summary", UNSET)

        language = d.pop("language", UNSET)

        course_request = cls(
            slug=slug,
            title=title,
            summary=summary,
            language=language,
        )

        return course_request
