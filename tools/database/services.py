"""Which services have a schema: those with a module of tables in shared/db."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def services() -> list[str]:
    """The services' names, sorted: every folder below services/ with a main.py and tables of its own."""
    return sorted(
        folder.name for folder in (ROOT / "services").iterdir() if (ROOT / "shared/db" / f"{folder.name}.py").exists()
    )
