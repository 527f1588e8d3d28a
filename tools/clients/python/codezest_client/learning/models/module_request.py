from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ModuleRequest")


@_attrs_define
class ModuleRequest:
    """A module, to come after those that are there.

    Attributes:
        slug (str):
        title (str):
    """

    slug: str
    title: str

    def to_dict(self) -> dict[str, Any]:
        slug = self.slug

        title = self.title

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "slug": slug,
                "title": title,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        slug = d.pop("slug")

        title = d.pop("title")

        module_request = cls(
            slug=slug,
            title=title,
        )

        return module_request
