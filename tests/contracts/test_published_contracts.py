"""What others rely on changes only on purpose: the committed contracts are what the code says."""

from pathlib import Path

import pytest

from tools.contracts.breaking import AGREED
from tools.contracts.documents import ROOT, documents

DOCUMENTS = documents()


@pytest.mark.parametrize("path", sorted(DOCUMENTS))
def test_the_committed_contract_is_what_the_code_says(path: str) -> None:
    file = ROOT / path
    assert file.exists(), f"{path} is missing: run `make contracts` and commit it"
    assert file.read_text() == DOCUMENTS[path], f"{path} differs: if the change is meant, run `make contracts`"


@pytest.mark.parametrize("folder", ["docs/events", "docs/openapi", "docs/problems"])
def test_no_contract_is_left_of_something_that_is_gone(folder: str) -> None:
    committed = {str(file.relative_to(ROOT)) for file in Path(ROOT / folder).iterdir()}
    assert committed <= DOCUMENTS.keys() | {str(AGREED)}
