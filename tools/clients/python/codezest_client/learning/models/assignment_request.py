from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.source_file_request import SourceFileRequest


T = TypeVar("T", bound="AssignmentRequest")


@_attrs_define
class AssignmentRequest:
    """All of an assignment. Its slug counts only the first time: later requests do not change it.

    Attributes:
        slug (str):
        title (str):
        prompt (str):
        starter_file (str):
        starter_code (str):
        visible_tests (list[SourceFileRequest]):
        points (int):
        hidden_tests (list[SourceFileRequest] | Unset):
    """

    slug: str
    title: str
    prompt: str
    starter_file: str
    starter_code: str
    visible_tests: list[SourceFileRequest]
    points: int
    hidden_tests: list[SourceFileRequest] | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        slug = self.slug

        title = self.title

        prompt = self.prompt

        starter_file = self.starter_file

        starter_code = self.starter_code

        visible_tests = []
        for visible_tests_item_data in self.visible_tests:
            visible_tests_item = visible_tests_item_data.to_dict()
            visible_tests.append(visible_tests_item)

        points = self.points

        hidden_tests: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.hidden_tests, Unset):
            hidden_tests = []
            for hidden_tests_item_data in self.hidden_tests:
                hidden_tests_item = hidden_tests_item_data.to_dict()
                hidden_tests.append(hidden_tests_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "slug": slug,
                "title": title,
                "prompt": prompt,
                "starter_file": starter_file,
                "starter_code": starter_code,
                "visible_tests": visible_tests,
                "points": points,
            }
        )
        if hidden_tests is not UNSET:
            field_dict["hidden_tests"] = hidden_tests

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.source_file_request import SourceFileRequest  # noqa: PLC0415

        d = dict(src_dict)
        slug = d.pop("slug")

        title = d.pop("title")

        prompt = d.pop("prompt")

        starter_file = d.pop("starter_file")

        starter_code = d.pop("starter_code")

        visible_tests = []
        _visible_tests = d.pop("visible_tests")
        for visible_tests_item_data in _visible_tests:
            visible_tests_item = SourceFileRequest.from_dict(visible_tests_item_data)

            visible_tests.append(visible_tests_item)

        points = d.pop("points")

        _hidden_tests = d.pop("hidden_tests", UNSET)
        hidden_tests: list[SourceFileRequest] | Unset = UNSET
        if _hidden_tests is not UNSET:
            hidden_tests = []
            for hidden_tests_item_data in _hidden_tests:
                hidden_tests_item = SourceFileRequest.from_dict(hidden_tests_item_data)

                hidden_tests.append(hidden_tests_item)

        assignment_request = cls(
            slug=slug,
            title=title,
            prompt=prompt,
            starter_file=starter_file,
            starter_code=starter_code,
            visible_tests=visible_tests,
            points=points,
            hidden_tests=hidden_tests,
        )

        return assignment_request
