"""Cursors of the feed: opaque to clients, signed, each good for one person's feed."""

import binascii
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from services.activity.domain.feed import Mark
from shared.errors import Invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PLACE = struct.Struct(">q16s")  # microseconds since 1970, id
SIGNATURE_BYTES = 16
CURSOR_CHARS = 56  # 40 bytes in base64, padding included
MIN_KEY_CHARS = 32


class CursorInvalid(Invalid):
    """A cursor that this service did not give for this feed."""

    slug = "cursor-invalid"

    def __init__(self) -> None:
        super().__init__(
            "This cursor is not one we gave for this feed. Start again without `after`.", field="query.after"
        )


class Cursors:
    """Seals and opens cursors with a secret key. ValueError for a key under 32 characters."""

    def __init__(self, key: str) -> None:
        if len(key) < MIN_KEY_CHARS:
            raise ValueError(f"the secret activity-cursor-key is under {MIN_KEY_CHARS} characters: make a longer one")
        self._key = key.encode()

    def seal(self, mark: Mark, *, feed_of: UUID) -> str:
        """The cursor for a place in a person's feed: 56 URL-safe characters."""
        place = PLACE.pack((mark.at - EPOCH) // MICROSECOND, mark.id.bytes)
        return urlsafe_b64encode(place + self._sign(place, feed_of)).decode()

    def open(self, cursor: str, *, feed_of: UUID) -> Mark:
        """The place. CursorInvalid for anything that `seal` did not make for this feed."""
        try:
            raw = urlsafe_b64decode(cursor)
        except (binascii.Error, ValueError):
            raise CursorInvalid from None
        place, signature = raw[: PLACE.size], raw[PLACE.size :]
        # Encoded again it must be the same: base64 decoding overlooks stray characters and spare bits.
        same = hmac.compare_digest(urlsafe_b64encode(raw), cursor.encode())
        if not same or not hmac.compare_digest(signature, self._sign(place, feed_of)):
            raise CursorInvalid
        micros, entry = PLACE.unpack(place)
        return Mark(at=EPOCH + micros * MICROSECOND, id=UUID(bytes=entry))

    def _sign(self, place: bytes, feed_of: UUID) -> bytes:
        return hmac.digest(self._key, b"feed" + feed_of.bytes + place, sha256)[:SIGNATURE_BYTES]
