"""RELOAD=1: restarts the services whose Python files change."""

from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import PythonFilter, awatch

from tools.local.problem import Problem
from tools.local.site import ROOT
from tools.local.supervisor import Supervisor


async def reload_changed(supervisor: Supervisor, services: Iterable[str], say: Callable[[str], None]) -> None:
    """Runs until cancelled. A service that does not come back is told, and tried again after the next change."""
    known = tuple(services)
    folders = [ROOT / "services", ROOT / "shared"]
    async for changes in awatch(*folders, watch_filter=PythonFilter()):
        paths = [Path(path) for _, path in changes]
        for service in affected(paths, known):
            say(f"          {paths[0].relative_to(ROOT)} changed: {service} is restarted")
            try:
                await supervisor.restart(service)
            except Problem as problem:
                say(f"          {problem}")


def affected(paths: Iterable[Path], services: Iterable[str]) -> list[str]:
    """The services that the changed files belong to: all of them when shared code changed."""
    tops = {path.relative_to(ROOT).parts[:2] for path in paths}
    everyone = any(top[0] == "shared" for top in tops)
    return [service for service in services if everyone or ("services", service) in tops]
