"""The certificate authority of one run: made before sentry starts, which would restart thrice over files of its own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tools.local.home import write_private

LIFE = timedelta(days=365)
SKEW = timedelta(minutes=15)


def make_authority(folder: Path, *, trust_domain: str, namespace: str) -> None:
    """Write ca.crt (the anchor), issuer.crt and issuer.key, as sentry reads them. The anchor's own key is not kept."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    anchor_key, issuer_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    anchor_name = _name(trust_domain)
    anchor = _certificate(anchor_name, anchor_key.public_key()).issuer_name(anchor_name).sign(anchor_key, SHA256())
    issuer_name = _name(f"spiffe://{trust_domain}/ns/{namespace}/dapr-sentry")
    issuer = _certificate(issuer_name, issuer_key.public_key()).issuer_name(anchor_name).sign(anchor_key, SHA256())
    key = issuer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(folder / "ca.crt", anchor.public_bytes(Encoding.PEM).decode())
    write_private(folder / "issuer.crt", issuer.public_bytes(Encoding.PEM).decode())
    write_private(folder / "issuer.key", key.decode())


def _name(organisation: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)])


def _certificate(name: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
