import json
import re
from pathlib import Path

import pytest

from tools.toolchain.pins import HERE, PinError, load
from tools.toolchain.programs import RECIPES

PINS = load()

PROMISED = {
    "daprd", "sentry", "otelcol", "stripe-mock", "zipkin", "java", "go", "node", "npm", "maildev", "traefik",
    "redis-server", "redis-cli", "postgres", "initdb", "pg_ctl", "pg_dump", "psql",
}  # fmt: skip


def test_every_promised_program_has_a_pin() -> None:
    assert {program for pin in PINS.values() for program in pin.programs} >= PROMISED


@pytest.mark.parametrize("name", PINS)
def test_a_pin_says_what_where_from_why_and_how(name: str) -> None:
    pin = PINS[name]
    assert re.fullmatch(r"\d+(\.\d+)+", pin.version)
    assert len(pin.reason) > 20
    assert pin.takes
    assert pin.kind in RECIPES


@pytest.mark.parametrize("name", PINS)
def test_a_pin_has_a_checksum_of_its_kind(name: str) -> None:
    pin = PINS[name]
    sums = [pin.checksum] if isinstance(pin.checksum, str) else list(pin.checksum.values())
    tree = r"h1:[A-Za-z0-9+/]{43}="
    form = {"go": tree, "files": tree, "collector": tree, "npm": "locked", "main": "locked"}
    assert sums
    assert all(re.fullmatch(form.get(pin.kind, r"[0-9a-f]{64}"), total) for total in sums)


def test_daprd_and_sentry_are_of_one_source() -> None:
    daprd, sentry = PINS["daprd"], PINS["sentry"]
    for name in ("source", "version", "checksum", "ldflags"):
        assert getattr(daprd, name) == getattr(sentry, name)
    assert daprd.outside["daprd"].accepts == ".".join(daprd.version.split(".")[:2])


def test_every_node_package_below_maildev_has_its_checksum_and_no_address() -> None:
    packages = json.loads((HERE / "maildev/package-lock.json").read_text(encoding="utf-8"))["packages"]
    locked = {name: package for name, package in packages.items() if name}
    assert locked
    assert [name for name, package in locked.items() if not package.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, package in locked.items() if "resolved" in package] == []


def test_what_maildev_needs_installs_without_running_anything() -> None:
    packages = json.loads((HERE / "maildev/package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, package in packages.items() if package.get("hasInstallScript")] == []


def test_every_part_of_the_collector_has_its_checksum_in_the_version_of_the_manifest() -> None:
    manifest = (HERE / "otelcol/builder.yaml").read_text(encoding="utf-8")
    sums = (HERE / "otelcol/go.sum").read_text(encoding="utf-8")
    parts = re.findall(r"gomod: (\S+ v\S+)", manifest)
    assert parts
    assert [part for part in parts if f"\n{part} h1:" not in f"\n{sums}"] == []
    version = PINS["otelcol"].version
    assert f"version: {version}\n" in manifest
    assert {part.split(" v")[1] for part in parts if "confmap" not in part} == {version}


@pytest.mark.parametrize(
    "path",
    [
        "pins.toml",
        "otelcol/go.mod",
        "otelcol/go.sum",
        "otelcol/builder.yaml",
        "kube/go.mod",
        "kube/go.sum",
        "etcd/go.mod",
        "etcd/go.sum",
    ],
)
def test_no_download_address_is_written_down(path: str) -> None:
    assert "://" not in (HERE / path).read_text(encoding="utf-8")


def test_an_incomplete_pin_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pins.toml").write_text('[greet]\nreason = "x"\nkind = "go"\nversion = "1"\n', encoding="utf-8")
    with pytest.raises(PinError, match="the pin greet lacks source, checksum, programs"):
        load(tmp_path / "pins.toml")


def test_a_pin_that_names_an_absent_file_is_refused(tmp_path: Path) -> None:
    text = '[greet]\nreason = "x"\nkind = "go"\nsource = "s"\nversion = "1"\nchecksum = "h1:"\nprograms = { greet = "g" }\n'
    (tmp_path / "pins.toml").write_text(text + 'files = { "a.go" = "absent.go" }\n', encoding="utf-8")
    with pytest.raises(PinError, match="names files that are not there"):
        load(tmp_path / "pins.toml")


def test_a_program_of_two_pins_is_refused(tmp_path: Path) -> None:
    text = 'reason = "x"\nkind = "go"\nsource = "s"\nversion = "1"\nchecksum = "h1:"\nprograms = { greet = "g" }\n'
    (tmp_path / "pins.toml").write_text(f"[one]\n{text}[two]\n{text}", encoding="utf-8")
    with pytest.raises(PinError, match="greet is in both one and two"):
        load(tmp_path / "pins.toml")
