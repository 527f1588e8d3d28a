"""The list of long passwords that are known to be in use."""

from pathlib import Path

LIST = Path(__file__).with_name("common-passwords.txt")


def common_passwords() -> list[str]:
    """The passwords of the list, one a line; lines that begin with # say where they come from."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]
