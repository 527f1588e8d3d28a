"""The clients in tools/clients are what the documents make of them today."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools.clients.generate import python_client, typescript_client
from tools.clients.layout import HERE, PYTHON, TYPESCRIPT

CLIENTS = [
    pytest.param(python_client, PYTHON, id="Python"),
    pytest.param(typescript_client, TYPESCRIPT, id="TypeScript"),
]


def contents(folder: Path) -> dict[str, str]:
    """Every file of a client, by its path."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


@pytest.mark.thorough
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("make", "part"), CLIENTS)
def test_a_client_is_what_the_documents_make_of_it(tmp_path: Path, make: Callable[[Path], None], part: Path) -> None:
    make(tmp_path)
    made, kept = contents(tmp_path / part), contents(HERE / part)
    assert len(made) >= 6
    differing = sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))
    assert not differing, f"run `make clients` and commit it; {len(differing)} files differ: {differing[:5]}"
