"""Signing keys in PostgreSQL, and the seal that makes them worthless to who only has the database."""

import logging
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import ECKey
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.auth.domain.derivation import DerivationKey
from services.auth.domain.signing_keys import SigningKey
from shared.db.auth import signing_key
from shared.db.database import Database

logger = logging.getLogger(__name__)

CURVE = "P-256"
NONCE_BYTES = 12
KEYS_LOCK = text("lock table auth.signing_key in share row exclusive mode")


class AesSeal:
    """AES-256-GCM under a key that is derived for this alone; the key's id is sealed with it and cannot be exchanged."""

    def __init__(self, key: DerivationKey) -> None:
        self._aes = AESGCM(key.derive("seal-signing-key"))

    def make(self) -> tuple[str, bytes]:
        """See Seal. The id is the thumbprint (RFC 7638): another one for another key."""
        pair = ECKey.generate_key(CURVE)
        kid, nonce = pair.thumbprint(), os.urandom(NONCE_BYTES)
        return kid, nonce + self._aes.encrypt(nonce, pair.as_der(private=True), kid.encode())

    def opens(self, key: SigningKey) -> bool:
        """See Seal."""
        return self.open(key) is not None

    def open(self, key: SigningKey) -> ECKey | None:
        """The key pair; None if it was sealed under another secret, or was changed."""
        nonce, sealed = key.sealed[:NONCE_BYTES], key.sealed[NONCE_BYTES:]
        try:
            return ECKey.import_key(self._aes.decrypt(nonce, sealed, key.kid.encode()))
        except (InvalidTag, ValueError):
            logger.error(  # noqa: TRY400 - a traceback would tell nothing more
                "signing key %s was not sealed with the present secret auth-token-key: nothing is signed with it",
                key.kid,
            )
            return None


class SqlSigningKeys:
    """The rows of `signing_key`, in one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all_locked(self) -> Sequence[SigningKey]:
        """See SigningKeys. The table is locked, not its rows: the first key has none. Readers go on."""
        await self._session.execute(KEYS_LOCK)
        return (await self._session.scalars(select(SigningKey))).all()

    def add(self, key: SigningKey) -> None:
        """See SigningKeys."""
        self._session.add(key)

    async def remove(self, key: SigningKey) -> None:
        """See SigningKeys."""
        await self._session.execute(delete(signing_key).where(signing_key.c.kid == key.kid))


async def read_keys(database: Database) -> list[SigningKey]:
    """Every key, as it is now, without waiting for anybody."""
    async with database.reading() as connection:
        rows = (await connection.execute(select(signing_key))).mappings().all()
    return [SigningKey(**row) for row in rows]
