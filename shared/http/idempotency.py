"""The Idempotency-Key, demanded where a POST costs money or hands something in; docs/architecture.md, "HTTP", says how it is kept."""

from typing import Annotated

from fastapi import Header

IdempotencyKey = Annotated[
    str,
    Header(
        pattern=r"^[!-~]([ -~]{0,253}[!-~])?$",
        description="Made by the client, new for each request: 1 to 255 printable ASCII characters. "
        "A request repeated under its key is answered the same and done once.",
        examples=["0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11"],
    ),
]
