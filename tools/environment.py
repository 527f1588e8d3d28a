"""Makes .venv hold exactly what requirements.lock says. Runs on a bare python3 with venv; uv comes from PyPI."""

import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
VENV = ROOT / ".venv"
OLDEST = (3, 11)


def main() -> None:
    """Create .venv if it is not there, put uv into it at the locked version, and let uv do the rest."""
    if sys.version_info < OLDEST:
        sys.exit(
            f"Python {sys.version.split()[0]} is too old: CodeZest needs 3.11 or newer (make PYTHON=python3.11 ...)."
        )
    lock = ROOT / "requirements.lock"
    python = VENV / "bin" / "python"
    if not python.exists():
        print("Making the Python environment in .venv (about ten seconds)")
        venv.create(VENV, with_pip=True)
    found = re.search(r"^uv==([\w.]+)", lock.read_text(), re.MULTILINE)
    if found is None:
        sys.exit("requirements.lock names no uv: it is damaged, restore it with `git checkout requirements.lock`.")
    run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"uv=={found[1]}")
    run(str(python), "-m", "uv", "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(lock))


def run(*command: str) -> None:
    """Run a command within ten minutes or end with what failed and how to go on."""
    try:
        subprocess.run(command, check=True, timeout=600)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        sys.exit(
            f"{error}\nThe Python environment could not be made. Is PyPI (or your mirror of it) reachable? "
            "Mend that and run the same make target again; nothing has to be undone."
        )


if __name__ == "__main__":
    main()
