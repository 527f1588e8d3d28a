"""Fetches one jar from Maven Central into a folder and prints where it is.

A program of its own, so that it runs like every other step: with a log, a deadline, and an end that can be forced.
"""

import sys
from pathlib import Path

from jgo.maven import MavenContext


def main(group: str, artifact: str, version: str, classifier: str, folder: str) -> None:
    """Prints the path of the fetched jar as its last line."""
    project = MavenContext(repo_cache=Path(folder) / "maven").project(group, artifact)
    try:
        jar = project.at_version(version).artifact(classifier=classifier, packaging="jar").resolve()
    except (OSError, RuntimeError, ValueError) as problem:
        sys.exit(f"{artifact} {version}: {problem}")  # One line for the log instead of a page of calls.
    print(jar)


if __name__ == "__main__":
    main(*sys.argv[1:])
