"""The npm package `codezest-client`: packed, installed into a program, type-checked there, and run against the platform."""

import asyncio
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools.clients.layout import HERE
from tools.local.control import Control
from tools.toolchain import programs

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]

PROGRAM = Path(__file__).with_name("program.ts")
WRONG = """\
import { connect } from "codezest-client";
await connect({ baseUrl: "" }).auth.POST("/api/auth/v1/sessions", { body: { email: 7, password: "x", client: "api" } });
"""


@pytest.fixture(scope="module")
def tools() -> Path:
    """The folder of what compiles and runs the client."""
    return programs.ensure("tsc").parents[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, tools: Path) -> Path:
    """A program's folder with the packed client installed beside the one library it needs."""
    source, project = tmp_path_factory.mktemp("client"), tmp_path_factory.mktemp("program")
    shutil.copytree(HERE / "typescript", source, dirs_exist_ok=True)
    (source / "node_modules").symlink_to(tools)
    node(programs.ensure("tsc"), "--project", source, at=source)
    packed = node(
        programs.ensure("npm"), "pack", "--json", "--ignore-scripts", "--pack-destination", project, at=source
    )
    (name,) = (one["filename"] for one in json.loads(packed))
    modules = project / "node_modules"
    modules.mkdir()
    for library in ("openapi-fetch", "openapi-typescript-helpers", "@types"):
        (modules / library).symlink_to(tools / library)
    shutil.unpack_archive(project / name, project)
    (project / "package").rename(modules / "codezest-client")
    (project / "package.json").write_text('{ "type": "module" }\n')
    return project


def node(program: Path, *words: str | Path, at: Path, **environment: str) -> str:
    """What a Node program prints. AssertionError with all it said if it fails."""
    runtime = programs.ensure("node")
    path = os.pathsep.join([str(runtime.parent), os.environ["PATH"]])
    settings = {**os.environ, "PATH": path, "NPM_CONFIG_UPDATE_NOTIFIER": "false", **environment}
    command = [runtime.resolve(), program.resolve(), *words]
    done = subprocess.run(command, cwd=at, env=settings, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{program.name} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def compiled(project: Path, text: str) -> Path:
    """The JavaScript of a program in `project`. AssertionError with what the compiler objects to."""
    (project / "program.ts").write_text(text)
    options = ["--strict", "--module", "NodeNext", "--target", "ES2022", "--lib", "ES2022,DOM", "--types", "node"]
    node(programs.ensure("tsc"), *options, "program.ts", at=project)
    return project / "program.js"


def test_the_package_holds_the_client_and_no_source(project: Path) -> None:
    held = {path.name for path in (project / "node_modules" / "codezest-client").rglob("*") if path.is_file()}
    assert {"package.json", "index.js", "index.d.ts", "learning.d.ts"} <= held
    assert not {name for name in held if name.endswith(".ts") and not name.endswith(".d.ts")}


def test_a_request_that_no_service_takes_does_not_compile(project: Path) -> None:
    with pytest.raises(AssertionError, match="Type 'number' is not assignable to type 'string'"):
        compiled(project, WRONG)


async def test_a_program_registers_signs_in_and_lists_courses(project: Path, platform: Control) -> None:
    script = await asyncio.to_thread(compiled, project, PROGRAM.read_text())
    gateway = f"http://localhost:{(await platform.ports())['gateway']}"
    said: dict[str, Any] = json.loads(await asyncio.to_thread(node, script, at=project, CODEZEST_URL=gateway))
    assert said == {"name": "Ada", "courses": ["small-programs"], "refused": "unauthenticated"}
