"""The checker shares no code with what it judges."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHECKER = Path(__file__).with_name("checker")


@pytest.mark.parametrize("module", sorted(path.stem for path in CHECKER.glob("*.py")))
def test_no_module_of_the_platform_is_loaded_with_it(module: str) -> None:
    ask = f"import sys, tests.fire.checker.{module}; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    loaded = done.stdout.split()
    assert f"tests.fire.checker.{module}" in loaded
    own = [name for name in loaded if name.partition(".")[0] in {"shared", "services", "tools"}]
    others = [name for name in loaded if name.startswith("tests.") and not name.startswith("tests.fire")]
    assert own + others == []
