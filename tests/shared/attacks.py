"""What is tried against access tokens: each a token with one defect, or a good token in a wrong place."""

import json
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from shared.http.tokens import MAX_TOKEN_CHARS
from tests.shared import forging
from tests.shared.forging import (
    ORDER,
    Forge,
    Mint,
    at,
    claims,
    claims_text,
    form,
    header,
    header_text,
    hmac_with,
    signature,
    strangers,
    unsigned,
)

ZERO, ONE = bytes(32), (1).to_bytes(32, "big")
N = ORDER.to_bytes(32, "big")


def asn1(raw: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def as_json(token: str) -> str:
    return json.dumps(dict(zip(("protected", "payload", "signature"), token.split("."), strict=True)))


def swapped(token: str, place: int, change: Any) -> str:
    parts = token.split(".")
    parts[place] = change(parts[place])
    return ".".join(parts)


def last_character_tampered(token: str) -> str:
    """Other spare bits: decodes to the same bytes where decoders are lenient."""
    order = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + order[order.index(token[-1]) + 1]


ATTACKS: dict[str, Forge] = {
    # Who chooses the algorithm
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "alg NONE": unsigned("NONE"),
    "alg nOnE": unsigned("nOnE"),
    "alg empty": unsigned(""),
    "alg null": unsigned(None),
    "alg list": unsigned(["ES256"]),
    "alg number": unsigned(256),
    "no signature under ES256": unsigned("ES256"),
    "HS256 with the public key in PEM as secret": hmac_with(Mint.pem),
    "HS256 with the public key's x as secret": hmac_with(lambda mint: str(mint.public.as_dict()["x"]).encode()),
    "HS256 with an empty secret": hmac_with(lambda _mint: b""),
    "RS256 with a key of one's own": forging.rsa_signed,
    "alg ES384 under an ES256 signature": header(alg="ES384"),
    "alg ES256K under an ES256 signature": header(alg="ES256K"),
    "alg EdDSA under an ES256 signature": header(alg="EdDSA"),
    "alg es256": header(alg="es256"),
    "alg missing": header(alg=...),
    # Who chooses the key
    "another service's key under our key id": strangers(),
    "another service's key under its own key id": strangers(kid=lambda key: key.thumbprint()),
    "jwk of one's own": strangers(jwk=lambda key: key.as_dict(private=False)),
    "jku of one's own": strangers(jku="https://attacker.example/jwks.json"),
    "x5u of one's own": strangers(x5u="https://attacker.example/cert.pem"),
    "x5c of one's own": strangers(x5c=["MIIB"]),
    "jwk beside a good signature": header(jwk={"kty": "oct", "k": "AA"}),
    "jku beside a good signature": header(jku="https://attacker.example/jwks.json"),
    "x5u beside a good signature": header(x5u="https://attacker.example/cert.pem"),
    "x5c beside a good signature": header(x5c=["MIIB"]),
    "x5t beside a good signature": header(x5t="AAAA"),
    "kid missing": header(kid=...),
    "kid null": header(kid=None),
    "kid empty": header(kid=""),
    "kid a path": header(kid="../../../../dev/null"),
    "kid SQL": header(kid="x' union select 'secret' --"),
    "kid an address": header(kid="https://attacker.example/key"),
    "kid with a null byte": header(kid="test-key\x00"),
    "kid a list": header(kid=["test-key"]),
    "kid an object": header(kid={"$ne": ""}),
    "kid a number": header(kid=1),
    "kid half a character": header(kid="\ud800"),
    # What a header may ask for
    "crit with a known name": header(crit=["exp"], exp=1),
    "crit with an unknown name": header(crit=["urn:x"], **{"urn:x": True}),
    "crit empty": header(crit=[]),
    "b64 false": header(b64=False, crit=["b64"]),
    "b64 false and not critical": header(b64=False),
    "zip": header(zip="DEF"),
    "enc, as in a JWE": header(enc="A256GCM"),
    "cty of a nested token": header(cty="JWT"),
    "typ JWT": header(typ="JWT"),
    "typ of an ID token": header(typ="id+jwt"),
    "typ missing": header(typ=...),
    "typ null": header(typ=None),
    "typ a list": header(typ=["at+jwt"]),
    "typ in capitals": header(typ="AT+JWT"),
    # Which header, which claims: two readers may differ
    "header with alg twice": header_text(lambda text: b'{"alg":"none",' + text[1:]),
    "header with kid twice": header_text(lambda text: text[:-1] + b',"kid":"test-key"}'),
    "header a list": header_text(lambda text: b"[" + text + b"]"),
    "header a string": header_text(lambda _text: b'"ES256"'),
    "header null": header_text(lambda _text: b"null"),
    "header empty": header_text(lambda _text: b""),
    "header no JSON": header_text(lambda text: text[:-1]),
    "header with something behind": header_text(lambda text: text + b"{}"),
    "header in UTF-16": header_text(lambda text: text.decode().encode("utf-16")),
    "header with a byte order mark": header_text(lambda text: b"\xef\xbb\xbf" + text),
    "header no UTF-8": header_text(lambda text: text.replace(b"test-key", b"test-\xff")),
    "header nested deeply": header_text(lambda _text: b'{"kid":' + b"[" * 1100 + b"]" * 1100 + b"}"),
    "header a huge number": header_text(lambda _text: b'{"kid":' + b"9" * 2500 + b"}"),
    "exp twice, the last one good": claims_text(lambda text: b'{"exp":1,' + text[1:]),
    "exp twice, the first one good": claims_text(lambda text: text[:-1] + b',"exp":9}'),
    "sub twice": claims_text(lambda text: b'{"sub":"x",' + text[1:]),
    "roles twice": claims_text(lambda text: text[:-1] + b',"roles":["admin"]}'),
    "sub twice, once in escapes": claims_text(lambda text: b'{"\\u0073ub":"x",' + text[1:]),
    "a name twice further in": claims_text(lambda text: text[:-1] + b',"x":{"a":1,"a":2}}'),
    "claims a list": claims_text(lambda text: b"[" + text + b"]"),
    "claims null": claims_text(lambda _text: b"null"),
    "claims a string": claims_text(lambda _text: b'"sub"'),
    "claims empty": claims_text(lambda _text: b""),
    "claims no JSON": claims_text(lambda text: text[:-1]),
    "claims with something behind": claims_text(lambda text: text + b"1"),
    "claims with a byte order mark": claims_text(lambda text: b"\xef\xbb\xbf" + text),
    "claims in UTF-16": claims_text(lambda text: text.decode().encode("utf-16")),
    "claims no UTF-8": claims_text(lambda text: text[:-1] + b',"x":"\xff"}'),
    "claims nested deeply": claims_text(lambda text: text[:-1] + b',"x":' + b"[" * 1100 + b"]" * 1100 + b"}"),
    "a good token as payload": forging.nested,
    # From whom, for whom, when
    "iss missing": claims(iss=...),
    "iss another": claims(iss="https://attacker.example"),
    "iss with a slash more": claims(iss="http://localhost:8000/"),
    "iss a list with ours": claims(iss=["http://localhost:8000"]),
    "aud missing": claims(aud=...),
    "aud another": claims(aud="stripe"),
    "aud others": claims(aud=["stripe", "codezest2"]),
    "aud a part of ours": claims(aud="codez"),
    "aud an object": claims(aud={"codezest": True}),
    "aud empty": claims(aud=[]),
    "exp missing": claims(exp=...),
    "exp null": claims(exp=None),
    "exp past": at(exp=-60, iat=-660),
    "exp past by more than clocks differ": at(exp=-6, iat=-606),
    "exp zero": claims(exp=0),
    "exp negative": claims(exp=-1),
    "exp a string": claims(exp=str(2**40)),
    "exp a fraction": at(exp=600.5),
    "exp NaN": claims(exp=float("nan")),
    "exp infinite": claims(exp=float("inf")),
    "exp huge": claims(exp=10**400),
    "exp beyond every float": claims_text(lambda text: re.sub(rb'"exp": \d+', b'"exp": 1e999', text)),
    "exp too many digits": claims_text(lambda text: re.sub(rb'"exp": \d+', b'"exp": ' + b"9" * 2000, text)),
    "exp in a century": at(exp=100 * 365 * 86_400),
    "exp true": claims(exp=True),
    "exp a list": claims(exp=[2**40]),
    "exp before iat": at(exp=-2, iat=0),
    "iat missing": claims(iat=...),
    "iat in the future": at(iat=60, exp=660),
    "iat a string": claims(iat="1"),
    "iat true": claims(iat=True),
    "iat long ago": claims(iat=0),
    "nbf in the future": at(nbf=60),
    "nbf a string": claims(nbf="0"),
    "nbf NaN": claims(nbf=float("nan")),
    # Who it is about
    "sub missing": claims(sub=...),
    "sub null": claims(sub=None),
    "sub no UUID": claims(sub="grace"),
    "sub empty": claims(sub=""),
    "sub a number": claims(sub=1),
    "sub a list": claims(sub=["0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11"]),
    "sub in braces": claims(sub="{0199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11}"),
    "sub in capitals": claims(sub="0199D1F2-6C0E-7C3A-9A57-2F4F2F6F3B11"),
    "sub with Arabic digits": claims(sub="\u0660199d1f2-6c0e-7c3a-9a57-2f4f2f6f3b11"),
    "sid missing": claims(sid=...),
    "roles missing": claims(roles=...),
    "sid no UUID": claims(sid="current"),
    "sid an object": claims(sid={}),
    "roles a string": claims(roles="admin"),
    "roles an object": claims(roles={"admin": True}),
    "roles a number": claims(roles=7),
    "roles null": claims(roles=None),
    "roles in a list more": claims(roles=[["admin"]]),
    "roles of another kind": claims(roles=["author", 1]),
    "roles true": claims(roles=True),
    "jti a number": claims(jti=1),
    # Signatures
    "r and s zero": signature(lambda _raw: ZERO + ZERO),
    "r zero": signature(lambda raw: ZERO + raw[32:]),
    "s zero": signature(lambda raw: raw[:32] + ZERO),
    "r and s one": signature(lambda _raw: ONE + ONE),
    "r the order": signature(lambda raw: N + raw[32:]),
    "s the order": signature(lambda raw: raw[:32] + N),
    "r and s the order": signature(lambda _raw: N + N),
    "r and s the largest": signature(lambda _raw: b"\xff" * 64),
    "r and s exchanged": signature(lambda raw: raw[32:] + raw[:32]),
    "in ASN.1": signature(asn1),
    "one byte short": signature(lambda raw: raw[:-1]),
    "one byte long": signature(lambda raw: raw + b"\x00"),
    "with leading zeros": signature(lambda raw: ZERO + raw[:32] + ZERO + raw[32:]),
    "twice": signature(lambda raw: raw + raw),
    "half": signature(lambda raw: raw[:32]),
    "empty": signature(lambda _raw: b""),
    "one bit other": signature(lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])),
    "of another token": forging.borrowed_signature,
    # The form
    "two parts": form(lambda token: token.rpartition(".")[0]),
    "one part": form(lambda token: token.partition(".")[0]),
    "four parts": form(lambda token: token + "."),
    "five parts, as in a JWE": form(lambda token: token + ".AAAA.AAAA"),
    "a dot before": form(lambda token: "." + token),
    "the JSON form": form(as_json),
    "header with padding": form(lambda token: swapped(token, 0, lambda part: part + "=" * (-len(part) % 4 or 4))),
    "signature with padding": form(lambda token: token + "=="),
    "signature with other spare bits": form(last_character_tampered),
    "a stray character": form(lambda token: swapped(token, 1, lambda part: part[:8] + "!" + part[8:])),
    "a space inside": form(lambda token: swapped(token, 1, lambda part: part[:8] + " " + part[8:])),
    "a tab inside": form(lambda token: swapped(token, 2, lambda part: part[:8] + "\t" + part[8:])),
    "the alphabet of other base64": form(lambda token: token + "+/+/"),
    "letters beyond ASCII": form(lambda token: "é" + token[1:]),
    "in quotes": form(lambda token: f'"{token}"'),
    "oversize": form(lambda token: swapped(token, 2, lambda part: part + "A" * MAX_TOKEN_CHARS)),
    "oversize in dots": form(lambda token: token + "." * MAX_TOKEN_CHARS),
    "twice after a comma": form(lambda token: f"{token}, Bearer {token}"),
    "twice after a space": form(lambda token: f"{token} {token}"),
    "a word before": form(lambda token: f"token={token}"),
    "empty words": form(lambda _token: ".."),
}

CARRIERS: dict[str, Any] = {
    "no scheme": lambda token: {"headers": [("authorization", token)]},
    "Basic": lambda token: {"headers": [("authorization", f"Basic {token}")]},
    "Bearer with a colon": lambda token: {"headers": [("authorization", f"Bearer: {token}")]},
    "Bearer without a space": lambda token: {"headers": [("authorization", f"Bearer{token}")]},
    "Bearer alone": lambda _token: {"headers": [("authorization", "Bearer")]},
    "two headers": lambda token: {"headers": [("authorization", f"Bearer {token}")] * 2},
    "two headers, the first another's": lambda token: {
        "headers": [("authorization", "Basic eDp5"), ("authorization", f"Bearer {token}")]
    },
    "two headers, the last another's": lambda token: {
        "headers": [("authorization", f"Bearer {token}"), ("authorization", "Basic eDp5")]
    },
    "the query": lambda token: {"params": {"access_token": token}},
    "a cookie": lambda token: {"headers": [("cookie", f"access_token={token}; authorization=Bearer {token}")]},
    "the refresh cookie": lambda token: {"headers": [("cookie", f"codezest_refresh={token}")]},
    "another header": lambda token: {"headers": [("x-authorization", f"Bearer {token}")]},
    "the proxy's header": lambda token: {"headers": [("proxy-authorization", f"Bearer {token}")]},
    "the sidecar's header": lambda token: {"headers": [("dapr-api-token", token)]},
}
