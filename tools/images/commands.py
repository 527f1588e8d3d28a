"""Running the programs that make images: each with a deadline, and with what it said when it fails."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

LAST_LINES = 20


class ImageError(Exception):
    """An image could not be made. The text says what failed and what to do."""


def run(
    command: Sequence[str | Path],
    *,
    minutes: float,
    remedy: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """What the command printed. ImageError with its last lines and the remedy when it fails or is not done in time."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, check=False, capture_output=True, text=True, timeout=minutes * 60, env=env, cwd=cwd, errors="replace"
        )
    except subprocess.TimeoutExpired:
        raise ImageError(f"{words[0]} was not done after {minutes:g} min. {remedy}") from None
    except FileNotFoundError:
        raise ImageError(f"{words[0]} is not on this machine. {remedy}") from None
    if done.returncode != 0:
        said = "\n".join(f"  {line}" for line in (done.stdout + done.stderr).splitlines()[-LAST_LINES:])
        raise ImageError(f"{' '.join(words[:4])} failed:\n{said}\n{remedy}")
    return done.stdout
