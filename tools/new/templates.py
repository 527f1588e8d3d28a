"""The files of a new service: template/ holds them with `__service__` (and `__Service__`) where the name belongs."""

from pathlib import Path

TEMPLATE = Path(__file__).parent / "template"
SUFFIX = ".tmpl"  # keeps linters, type checker and test runner from taking a template for what it becomes


def service_files(name: str) -> dict[str, str]:
    """Path below the repository's root -> text, for every file that is the service's own."""
    return {
        fill(str(file.relative_to(TEMPLATE)).removesuffix(SUFFIX), name): fill(file.read_text(), name)
        for file in sorted(TEMPLATE.rglob(f"*{SUFFIX}"))
    }


def fill(text: str, name: str) -> str:
    """`text` with the service's name in its places."""
    return text.replace("__service__", name).replace("__Service__", name.capitalize())
