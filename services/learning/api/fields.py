"""The kinds of fields that requests of this service share."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, StringConstraints

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


Text = Annotated[str, AfterValidator(_storable)]
Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN, max_length=60)]
Title = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Summary = Annotated[Text, StringConstraints(strip_whitespace=True, max_length=400)]

SlugInPath = Annotated[str, Path(pattern=SLUG_PATTERN, max_length=60, examples=["small-programs"])]
