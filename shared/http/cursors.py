"""Keyset cursors: the place where a page ended, opaque to clients, signed, each good for one list as one person asked for it."""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Annotated, Generic, TypeVar

import msgspec
from fastapi import Query

from shared.errors import Invalid
from shared.http.documentation import rule

SIGNATURE_BYTES = 16
MIN_KEY_CHARS = 32
LONGEST_CURSOR = 1000

After = Annotated[
    str | None,
    Query(
        max_length=LONGEST_CURSOR,
        description="`next` of the page before",
        json_schema_extra=rule("one that this list gave"),
    ),
]
Item = TypeVar("Item")
Place = TypeVar("Place")

_places = msgspec.msgpack.Encoder(uuid_format="bytes")


class CursorInvalid(Invalid):
    """The cursor is not one that was given for this list."""

    slug = "cursor-invalid"

    def __init__(self) -> None:
        super().__init__(
            "This cursor is not one we gave for this list. Start again without `after`.", field="query.after"
        )


class Cursors:
    """Seals and opens the cursors of one service. ValueError for a key under 32 characters; `secret` is the key's name."""

    def __init__(self, key: str, *, secret: str) -> None:
        if len(key) < MIN_KEY_CHARS:
            raise ValueError(f"the secret {secret} is under {MIN_KEY_CHARS} characters: make a longer one")
        self._key = key.encode()

    def seal(self, name: str, place: object, *asked: object) -> str:
        """A cursor in URL-safe characters. `asked` is all that makes the list this one: whose it is, how it is filtered."""
        packed = _places.encode(place)
        return urlsafe_b64encode(self._sign(name, packed, asked) + packed).decode().rstrip("=")

    def open(self, name: str, cursor: str, kind: type[Place], *asked: object) -> Place:
        """The place. CursorInvalid for anything that `seal` did not make for this very list."""
        try:
            raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            raise CursorInvalid from None
        signature, packed = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
        # Encoded again it must be the same: base64 decoding overlooks stray characters and spare bits.
        same = urlsafe_b64encode(raw).rstrip(b"=") == cursor.encode()
        if not (same and hmac.compare_digest(signature, self._sign(name, packed, asked))):
            raise CursorInvalid
        try:
            return msgspec.msgpack.decode(packed, type=kind)
        except msgspec.MsgspecError:  # of an earlier release, whose places looked otherwise
            raise CursorInvalid from None

    def _sign(self, name: str, packed: bytes, asked: tuple[object, ...]) -> bytes:
        signed = _places.encode(
            [name, [None if part is None else str(part) for part in asked], packed]
        )  # says where each part ends
        return hmac.digest(self._key, signed, sha256)[:SIGNATURE_BYTES]


class CursorOf(Generic[Place]):
    """The cursors of one list of one service: `name` keeps them apart from all others, `kind` is what a place is."""

    def __init__(self, cursors: Cursors, name: str, kind: type[Place]) -> None:
        self._cursors, self._name, self._kind = cursors, name, kind

    def seal(self, place: Place, *asked: object) -> str:
        """See Cursors."""
        return self._cursors.seal(self._name, place, *asked)

    def open(self, cursor: str | None, *asked: object) -> Place | None:
        """See Cursors. None, the first page, for no cursor."""
        return None if cursor is None else self._cursors.open(self._name, cursor, self._kind, *asked)

    def cut(
        self, found: Sequence[Item], limit: int, place_of: Callable[[Item], Place], *asked: object
    ) -> tuple[Sequence[Item], str | None]:
        """A page of `limit` and the cursor of the next one, of what was found when one more was looked for."""
        items = found[:limit]
        return items, self.seal(place_of(items[-1]), *asked) if found[limit:] else None
