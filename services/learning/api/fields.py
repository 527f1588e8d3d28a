"""The kinds of fields that requests of this service share."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.http.documentation import rule

SLUG_PATTERN = "^[a-z0-9]+(-[a-z0-9]+)*$"


def _storable(text: str) -> str:
    """JSON can say what PostgreSQL cannot keep: U+0000, and halves of surrogate pairs."""
    if "\x00" in text:
        raise ValueError("must not contain the character U+0000")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("must not contain half of a surrogate pair (U+D800 to U+DFFF)") from error
    return text


def _number(value: Any) -> Any:
    """JSON knows texts and booleans from numbers; Python would count True as 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic asks for it
    return value


Text = Annotated[
    str, AfterValidator(_storable), Field(json_schema_extra=rule("whole characters, U+0000 not among them"))
]
a_number = BeforeValidator(_number)  # after a field's bounds, or its schema loses them
Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN, max_length=60)]
Title = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Summary = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=400)]

SlugInPath = Annotated[str, Path(pattern=SLUG_PATTERN, max_length=60, examples=["small-programs"])]
