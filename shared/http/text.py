"""Text that people write, checked: JSON can say what is no text and what no database keeps."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.http.documentation import rule

UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}  # control characters, halves of characters, line and paragraph separators


def text(given: str | None) -> str | None:
    """What people write, line breaks and tabs included. ValueError for what is no text, which no database keeps."""
    if given and any(
        unicodedata.category(character) in UNPRINTABLE and character not in "\n\r\t" for character in given
    ):
        raise ValueError("Text has no control characters or halves of characters.")
    return given


Text = Annotated[str, Field(json_schema_extra=rule("no control characters")), AfterValidator(text)]
