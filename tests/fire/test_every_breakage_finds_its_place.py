"""What the breakages replace is there: who changes the event path learns at once that a breakage is to follow."""

from pathlib import Path

import pytest

from tests.fire.breakages import QUICK, THOROUGH, Breakage, broken_copy


@pytest.mark.parametrize("breakage", [*QUICK, *THOROUGH], ids=str)
def test_the_text_it_replaces_is_there_exactly_once(breakage: Breakage, tmp_path: Path) -> None:
    copy = broken_copy(tmp_path, breakage)
    for name, _, new in breakage.changes:
        compile((copy / name).read_text(), name, "exec")
        assert new in (copy / name).read_text()
