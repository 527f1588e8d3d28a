"""Both clients, made from docs/openapi: a Python package and an npm package, each with a part for every service."""

import os
import subprocess
import sys
from pathlib import Path

from tools.clients.layout import INDEX, PYTHON, TYPESCRIPT
from tools.contracts.documents import ROOT
from tools.database.services import services
from tools.toolchain import programs

DOCUMENTS = ROOT / "docs" / "openapi"
CONFIGURATION = Path(__file__).with_name("openapi-python-client.yaml")
MINUTES = 5


def python_client(target: Path) -> None:
    """Write `codezest_client` into the folder `target`. CalledProcessError when a document is not understood."""
    package = target / PYTHON
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text('"""Typed clients of CodeZest: one sub-package for each service."""\n')
    (package / "py.typed").write_text("")
    for service in services():
        asked: list[str | Path] = ["--path", DOCUMENTS / f"{service}.json", "--output-path", package / service]
        how: list[str | Path] = ["--meta", "none", "--overwrite", "--fail-on-warning", "--config", CONFIGURATION]
        _run([sys.executable, "-m", "openapi_python_client", "generate", *asked, *how], target)


def typescript_client(target: Path) -> None:
    """Write the types of every service, and what binds them together, into the folder `target`."""
    folder = target / TYPESCRIPT
    folder.mkdir(parents=True, exist_ok=True)
    node, generator = programs.ensure("node"), programs.ensure("openapi-typescript")
    for service in services():
        document = DOCUMENTS / f"{service}.json"
        _run([node, generator, document, "--output", folder / f"{service}.ts"], target)
    (folder / "index.ts").write_text(INDEX.render(services=services()), encoding="utf-8")


def _run(command: list[str | Path], folder: Path) -> None:
    # The generators start `ruff` and `node` by name.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=MINUTES * 60,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[-1]).name} was not made of the documents:\n{done.stdout}{done.stderr}")
