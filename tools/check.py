"""`make check`: every check in turn, all of them even if one fails, and what failed at the end."""

import os
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
# The operator is imported from its folder: one called `operator` cannot be a package beside Python's own.
ENVIRONMENT = {**os.environ, "PYTHONPATH": "operator"}

CHECKS: dict[str, list[str | Path]] = {
    "format": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "lint": [BIN / "ruff", "check", "--quiet", "."],
    "types": [BIN / "mypy", "--no-error-summary", "operator", "services", "shared", "tools", "tests"],
    "architecture": [BIN / "lint-imports", "--no-logo"],
    "migrations": [sys.executable, "-m", "tools.database", "lint"],
}


def main() -> None:
    """Run every check; exit 1 if one failed."""
    failed = []
    for name, command in CHECKS.items():
        started = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=ENVIRONMENT)
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{name:13} {verdict:7} {time.monotonic() - started:5.1f} s")
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout + done.stderr)
    if failed:
        sys.exit(f"make check failed: {', '.join(failed)}. `make fix` mends format and some lint.")


if __name__ == "__main__":
    main()
