"""Who is who in one cluster: an authority made anew by every start, a certificate per identity, and kubeconfigs."""

import ipaddress
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tools.local.home import write_private

LIFE = timedelta(days=365)
SKEW = timedelta(minutes=15)
SIGNING_BITS = 2048


@dataclass(frozen=True)
class Identity:
    """A user of the API server: its name, its groups, and the names under which it serves, if it does."""

    user: str
    groups: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


class Authority:
    """A certificate authority that writes into `folder`; its own key stays in memory unless it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(Identity("codezest-cluster"))
        builder = _builder(self._name, self._key.public_key()).issuer_name(self._name)
        constraint = x509.BasicConstraints(ca=True, path_length=None)
        self._certificate = builder.add_extension(constraint, critical=True).sign(self._key, SHA256())
        self.anchor = folder / "ca.crt"
        write_private(self.anchor, _pem(self._certificate))

    def write_key(self) -> Path:
        """The authority's own key, for the controller that signs requests."""
        path = self._folder / "ca.key"
        write_private(path, _private(self._key))
        return path

    def issue(self, name: str, identity: Identity) -> tuple[Path, Path]:
        """Write <name>.crt and <name>.key; returns the two paths."""
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = _builder(_name(identity), key.public_key()).issuer_name(self._name)
        builder = builder.add_extension(usage, critical=False)
        if identity.hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName(_hosts(identity.hosts)), critical=False)
        certificate, private = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        write_private(certificate, _pem(builder.sign(self._key, SHA256())))
        write_private(private, _private(key))
        return certificate, private

    def kubeconfig(self, path: Path, server: str, pair: tuple[Path, Path]) -> Path:
        """Write a kubeconfig (mode 0600) that holds the pair and the authority's certificate; returns its path."""
        certificate, key = pair
        user = {"client-certificate-data": _text64(certificate), "client-key-data": _text64(key)}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "codezest", "cluster": {"server": server, "certificate-authority-data": _text64(self.anchor)}}
            ],
            "users": [{"name": path.stem, "user": user}],
            "contexts": [{"name": "codezest", "context": {"cluster": "codezest", "user": path.stem}}],
            "current-context": "codezest",
        }
        write_private(path, yaml.safe_dump(document, sort_keys=False))
        return path


def write_signing_key(folder: Path) -> tuple[Path, Path]:
    """The pair by which service accounts' tokens are signed and checked: private and public."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=SIGNING_BITS)
    private, public = folder / "accounts.key", folder / "accounts.pub"
    write_private(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    form = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    write_private(public, form.decode())
    return private, public


def _name(identity: Identity) -> x509.Name:
    groups = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in identity.groups]
    return x509.Name([*groups, x509.NameAttribute(NameOID.COMMON_NAME, identity.user)])


def _builder(subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + LIFE)
    )


def _hosts(hosts: Sequence[str]) -> list[x509.GeneralName]:
    return [_host(host) for host in hosts]


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _text64(path: Path) -> str:
    return b64encode(path.read_bytes()).decode()
