"""Access tokens made by hand, byte by byte, as no library would make them: each with one defect, and the same one mended."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey
from uuid_utils.compat import uuid7

from shared.http.tokens import AUDIENCE
from tests.running import PUBLIC_URL

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256: what r and s are below
Json = dict[str, Any]


@dataclass(frozen=True)
class Forgery:
    """A token that must be refused, and the same one without its defect, which must pass."""

    token: str
    mended: str


class Mint:
    """Makes tokens with auth's own key, so that nothing but the defect can be the reason of a refusal."""

    def __init__(self, key: ECKey) -> None:
        self.public = key
        self.private: ec.EllipticCurvePrivateKey = key.get_op_key("sign")
        now = int(time.time())
        self.now = now
        self.header: Json = {"typ": "at+jwt", "alg": "ES256", "kid": str(key.kid)}
        self.claims: Json = {
            "iss": PUBLIC_URL,
            "aud": AUDIENCE,
            "sub": str(uuid7()),
            "sid": str(uuid7()),
            "roles": ["author"],
            "iat": now,
            "exp": now + 600,
            "jti": str(uuid7()),
        }

    def good(self) -> str:
        """A token without a defect."""
        return self.sealed(self.header, self.claims)

    def sealed(self, header: Json | bytes, claims: Json | bytes) -> str:
        """What these two say, validly signed by auth."""
        said = b".".join(map(encoded, (header, claims)))
        return f"{said.decode()}.{b64(self.signature(said))}"

    def signature(self, said: bytes, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
        """ES256 of `said`: r and s, 32 bytes each."""
        r, s = decode_dss_signature((key or self.private).sign(said, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def pem(self) -> bytes:
        """The public key, as anybody may have it."""
        pem: bytes = self.public.as_pem(private=False)
        return pem


def encoded(part: Json | bytes) -> bytes:
    """A part of a token."""
    raw = part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()
    return b64(raw).encode()


def b64(raw: bytes) -> str:
    """Base64 for addresses, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


Forge = Callable[[Mint], Forgery]


def claims(**changed: Any) -> Forge:
    """Claims that auth would never state, validly signed; `...` leaves one out."""
    return lambda mint: Forgery(mint.sealed(mint.header, _with(mint.claims, changed)), mint.good())


def at(**seconds: float) -> Forge:
    """Claims that are times, so many seconds from now."""
    return lambda mint: claims(**{name: mint.now + away for name, away in seconds.items()})(mint)


def header(**changed: Any) -> Forge:
    """A header that auth would never write, validly signed."""
    return lambda mint: Forgery(mint.sealed(_with(mint.header, changed), mint.claims), mint.good())


def header_text(change: Callable[[bytes], bytes]) -> Forge:
    """The same for what is no plain JSON object."""
    return lambda mint: Forgery(mint.sealed(change(json.dumps(mint.header).encode()), mint.claims), mint.good())


def claims_text(change: Callable[[bytes], bytes]) -> Forge:
    """The same for claims."""
    return lambda mint: Forgery(mint.sealed(mint.header, change(json.dumps(mint.claims).encode())), mint.good())


def signature(change: Callable[[bytes], bytes]) -> Forge:
    """A good token under a signature that was tampered with."""

    def forge(mint: Mint) -> Forgery:
        said = b".".join((encoded(mint.header), encoded(mint.claims)))
        good = mint.signature(said)
        return Forgery(f"{said.decode()}.{b64(change(good))}", f"{said.decode()}.{b64(good)}")

    return forge


def form(change: Callable[[str], str]) -> Forge:
    """A good token, written in another way."""

    def forge(mint: Mint) -> Forgery:
        good = mint.good()
        return Forgery(change(good), good)

    return forge


def strangers(**changed: Any) -> Forge:
    """Signed by somebody else, whose key the header may bring along (`jwk`) or say where to find."""

    def forge(mint: Mint) -> Forgery:
        stranger = ECKey.generate_key("P-256")
        given = {name: value(stranger) if callable(value) else value for name, value in changed.items()}
        said = b".".join((encoded({**mint.header, **given}), encoded(mint.claims)))
        token = f"{said.decode()}.{b64(mint.signature(said, stranger.get_op_key('sign')))}"
        return Forgery(token, mint.good())

    return forge


def hmac_with(secret: Callable[[Mint], bytes]) -> Forge:
    """HS256 with what everybody knows as the secret: works where the header chooses the algorithm."""

    def forge(mint: Mint) -> Forgery:
        said = b".".join((encoded({**mint.header, "alg": "HS256"}), encoded(mint.claims)))
        return Forgery(f"{said.decode()}.{b64(hmac.digest(secret(mint), said, sha256))}", mint.good())

    return forge


def unsigned(alg: Any) -> Forge:
    """No signature, and a header that says there need be none."""

    def forge(mint: Mint) -> Forgery:
        said = b".".join((encoded({**mint.header, "alg": alg}), encoded(mint.claims)))
        return Forgery(f"{said.decode()}.", mint.good())

    return forge


def rsa_signed(mint: Mint) -> Forgery:
    """RS256 with a key of the attacker's."""
    said = b".".join((encoded({**mint.header, "alg": "RS256"}), encoded(mint.claims)))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Forgery(f"{said.decode()}.{b64(key.sign(said, padding.PKCS1v15(), hashes.SHA256()))}", mint.good())


def borrowed_signature(mint: Mint) -> Forgery:
    """The signature of another good token: of the same person as a learner, say."""
    good = mint.good()
    other = mint.sealed(mint.header, {**mint.claims, "roles": []})
    return Forgery(f"{good.rpartition('.')[0]}.{other.rpartition('.')[2]}", good)


def nested(mint: Mint) -> Forgery:
    """A good token as the payload of another."""
    good = mint.good()
    return Forgery(mint.sealed(mint.header, good.encode()), good)


def _with(known: Json, changed: Json) -> Json:
    return {name: value for name, value in {**known, **changed}.items() if value is not ...}
