"""Short-lived shared values over Dapr's state: what may vanish at any moment. Away means empty, never an error."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from shared.dapr import Sidecar, SidecarError

logger = logging.getLogger(__name__)


class Cache:
    """JSON values under `<namespace>/<key>`, shared by all replicas of a service."""

    def __init__(self, sidecar: Sidecar, *, namespace: str) -> None:
        self._sidecar = sidecar
        self._namespace = namespace

    async def get_or_load(self, key: str, load: Callable[[], Awaitable[Any]], *, ttl_seconds: int) -> Any:
        """The kept value, or what `load` gives, then kept for `ttl_seconds`. Raises only what `load` raises."""
        name = f"{self._namespace}.{key}"
        try:
            if (kept := await self._sidecar.get_state(name)) is not None:
                return kept
        except SidecarError as error:
            logger.info("cache read of %s skipped: %s", name, error)
        value = await load()
        try:
            await self._sidecar.set_state(name, value, ttl_seconds=ttl_seconds)
        except SidecarError as error:
            logger.info("cache write of %s skipped: %s", name, error)
        return value

    async def forget(self, key: str) -> None:
        """Drop a value, if the store is there; otherwise its time to live ends it."""
        try:
            await self._sidecar.delete_state(f"{self._namespace}.{key}")
        except SidecarError as error:
            logger.info("cache entry %s not dropped: %s", key, error)
