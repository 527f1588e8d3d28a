from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.source_file import SourceFile


T = TypeVar("T", bound="AssignmentSheet")


@_attrs_define
class AssignmentSheet:
    """An assignment to be solved. `hidden_tests` is None for all who may not edit the course.

    Attributes:
        id (UUID):
        lesson_id (UUID):
        slug (str):
        title (str):
        prompt (str):
        starter_file (str):
        starter_code (str):
        visible_tests (list[SourceFile]):
        hidden_tests (list[SourceFile] | None):
        points (int):
    """

    id: UUID
    lesson_id: UUID
    slug: str
    title: str
    prompt: str
    starter_file: str
    starter_code: str
    visible_tests: list[SourceFile]
    hidden_tests: list[SourceFile] | None
    points: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = str(self.id)

        lesson_id = str(self.lesson_id)

        slug = self.slug

        title = self.title

        prompt = self.prompt

        starter_file = self.starter_file

        starter_code = self.starter_code

        visible_tests = []
        for visible_tests_item_data in self.visible_tests:
            visible_tests_item = visible_tests_item_data.to_dict()
            visible_tests.append(visible_tests_item)

        hidden_tests: list[dict[str, Any]] | None
        if isinstance(self.hidden_tests, list):
            hidden_tests = []
            for hidden_tests_type_0_item_data in self.hidden_tests:
                hidden_tests_type_0_item = hidden_tests_type_0_item_data.to_dict()
                hidden_tests.append(hidden_tests_type_0_item)

        else:
            hidden_tests = self.hidden_tests

        points = self.points

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "lesson_id": lesson_id,
                "slug": slug,
                "title": title,
                "prompt": prompt,
                "starter_file": starter_file,
                "starter_code": starter_code,
                "visible_tests": visible_tests,
                "hidden_tests": hidden_tests,
                "points": points,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.source_file import SourceFile  # noqa: PLC0415

        d = dict(src_dict)
        id = UUID(d.pop("id"))

        lesson_id = UUID(d.pop("lesson_id"))

        slug = d.pop("slug")

        title = d.pop("title")

        prompt = d.pop("prompt")

        starter_file = d.pop("starter_file")

        starter_code = d.pop("starter_code")

        visible_tests = []
        _visible_tests = d.pop("visible_tests")
        for visible_tests_item_data in _visible_tests:
            visible_tests_item = SourceFile.from_dict(visible_tests_item_data)

            visible_tests.append(visible_tests_item)

        def _parse_hidden_tests(data: object) -> list[SourceFile] | None:
            if data is None:
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                hidden_tests_type_0 = []
                _hidden_tests_type_0 = data
                for hidden_tests_type_0_item_data in _hidden_tests_type_0:
                    hidden_tests_type_0_item = SourceFile.from_dict(
                        hidden_tests_type_0_item_data
                    )

                    hidden_tests_type_0.append(hidden_tests_type_0_item)

                return hidden_tests_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[SourceFile] | None, data)

        hidden_tests = _parse_hidden_tests(d.pop("hidden_tests"))

        points = d.pop("points")

        assignment_sheet = cls(
            id=id,
            lesson_id=lesson_id,
            slug=slug,
            title=title,
            prompt=prompt,
            starter_file=starter_file,
            starter_code=starter_code,
            visible_tests=visible_tests,
            hidden_tests=hidden_tests,
            points=points,
        )

        assignment_sheet.additional_properties = d
        return assignment_sheet

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
