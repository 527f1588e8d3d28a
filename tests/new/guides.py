"""Reads the guides as their reader does: blocks that name a file go into it, commands are run."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.new.copies import ROOT

FENCE = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTEST = ".venv/bin/python -m pytest "


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block; `file` is the path it belongs into, if any."""

    language: str
    file: str | None
    text: str


def blocks(guide: str) -> list[Block]:
    """The blocks of a guide in docs/guides, in order."""
    text = (ROOT / "docs/guides" / guide).read_text()
    return [Block(language=language, file=file or None, text=body) for language, file, body in FENCE.findall(text)]


def follow(guide: str, folder: Path) -> list[str]:
    """Do in the copy at `folder` what the guide says about files; returns the files, each once."""
    touched = dict.fromkeys(block.file for block in blocks(guide) if block.file)
    for block in blocks(guide):
        if block.file:
            file = folder / block.file
            file.write_text(written(file.read_text() if file.exists() else None, block))
    return list(touched)


def written(before: str | None, block: Block) -> str:
    """The file after the block: changed by a diff, else the block added at its end. AssertionError if a diff does not fit."""
    if block.language != "diff":
        return block.text if before is None else f"{before}\n\n{block.text}"
    assert before is not None, f"{block.file} is not there to be changed"
    lines = block.text.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    assert before.count(old) == 1, f"this is not in {block.file} exactly once:\n{old}"
    return before.replace(old, new)


def named_tests(guide: str) -> list[str]:
    """The test files and folders that the guide says to run."""
    lines = "".join(block.text for block in blocks(guide) if block.language == "console").splitlines()
    found = [line.removeprefix("$ ") for line in lines if PYTEST in line]
    return [word for line in found for word in line.removeprefix(PYTEST).split() if word.startswith("tests/")]
