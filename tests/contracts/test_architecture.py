"""The layers hold, and each contract that says so catches its breach."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.http.edge import Edge
from shared.http.etags import NotModified
from shared.http.pages import PublicPagesMiddleware
from tools.contracts.documents import app
from tools.database.services import services

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]

BREACHES = {
    "api sees data": (
        "services/auth/api/breach.py",
        "import services.auth.data.unit_of_work",
        "A service is main or commands",
    ),
    "data sees settings": (
        "services/auth/data/breach.py",
        "import services.auth.settings",
        "A service is main or commands",
    ),
    "domain sees api": (
        "services/auth/domain/breach.py",
        "import services.auth.api.deps",
        "A service is main or commands",
    ),
    "a layer without a name": ("services/auth/utils.py", "", "A service is main or commands"),
    "a neighbour": ("services/auth/main_breach.py", "", "A service is main or commands"),
    "service sees service": (
        "services/auth/data/breach.py",
        "import services.payments.domain.plans",
        "No service imports",
    ),
    "domain sees a framework": ("services/auth/domain/breach.py", "import httpx", "The domain knows no framework"),
    "domain sees plumbing": ("services/auth/domain/breach.py", "import shared.dapr", "The domain knows no framework"),
    "domain sees pydantic": ("services/auth/domain/breach.py", "import pydantic", "The domain meets pydantic only"),
    "the operator's api sees data": (
        "operator/codezest_operator/api/breach.py",
        "import codezest_operator.data.breach",
        "The operator is main over",
    ),
    "a layer of the operator without a name": ("operator/codezest_operator/utils.py", "", "The operator is main over"),
    "the operator's domain sees a framework": (
        "operator/codezest_operator/domain/breach.py",
        "import lightkube",
        "The operator's domain knows no framework",
    ),
    "a service sees the operator": (
        "services/auth/data/breach.py",
        "import codezest_operator.domain.spec",
        "Nobody imports the operator",
    ),
    "the operator sees what is shared": (
        "operator/codezest_operator/domain/breach.py",
        "import shared.errors",
        "The operator stands alone",
    ),
    "shared sees a service": ("shared/breach.py", "import services.auth.main", "shared knows no service"),
}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{folder / 'operator'}"}
    return subprocess.run(
        [linter, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code alone, to break."""
    folder = tmp_path_factory.mktemp("house")
    for part in ("operator", "services", "shared", "tools"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "courses"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_house_keeps_its_contracts(copy: Path) -> None:
    done = _lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_caught_by_its_contract(breach: str, copy: Path) -> None:
    path, line, contract = BREACHES[breach]
    file = copy / path
    file.write_text(line + "\n")
    try:
        done = _lint(copy)
    finally:
        file.unlink()
    assert done.returncode != 0
    assert re.search(f"{contract}.* BROKEN", done.stdout), done.stdout


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_a_service_imports_only_its_own_tables() -> None:
    tables = {file.stem for file in (ROOT / "shared/db").glob("*.py")} & {d.name for d in (ROOT / "services").iterdir()}
    for file in (ROOT / "services").rglob("*.py"):
        service = file.relative_to(ROOT / "services").parts[0]
        foreign = {f"shared.db.{name}" for name in tables - {service}}
        assert not foreign & set(_imports(file)), file


def test_nobody_uses_base_http_middleware() -> None:
    for part in ("services", "shared"):
        for file in (ROOT / part).rglob("*.py"):
            text = file.read_text()
            assert "BaseHTTPMiddleware" not in text, file
            assert '.middleware("http")' not in text, file


@pytest.mark.parametrize("service", services())
def test_one_layer_is_around_every_service(service: str) -> None:
    layers: list[object] = [layer.cls for layer in app(service).user_middleware]
    # The cache of public pages stands inside it, so that what it answers is seen and counted like the rest.
    assert layers in ([Edge, NotModified], [Edge, NotModified, PublicPagesMiddleware])


def test_operator_is_no_package() -> None:
    assert not (ROOT / "operator/__init__.py").exists()
