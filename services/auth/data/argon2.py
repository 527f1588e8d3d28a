"""Passwords hashed with argon2id, in two threads of their own and never on the event loop."""

import asyncio
import logging
import os
import secrets
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import VerificationError, VerifyMismatchError
from argon2.low_level import Type

from services.auth.domain.passwords import normalised
from shared.errors import Unavailable

logger = logging.getLogger(__name__)

# OWASP's password storage cheat sheet; two threads make 38 MiB and about 30 to 60 passwords a second.
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
WORKERS = 2
RETRY_AFTER_SECONDS = 2
NICENESS = 10

T = TypeVar("T")


def let_others_go_first() -> None:
    """What a hashing thread does first."""
    # A password takes twenty milliseconds of a whole core: who waits for a page must not wait for somebody's sign-in.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


class PasswordsWaiting(Unavailable):
    """More passwords wait to be hashed than can be soon."""

    slug = "sign-in-busy"

    def __init__(self) -> None:
        super().__init__(
            "Too many people are signing in just now. Try again in a moment.", retry_after=RETRY_AFTER_SECONDS
        )


class Argon2Hasher:
    """Hashes and checks passwords. At most `queue` wait for a thread; beyond that PasswordsWaiting, at once."""

    def __init__(self, *, queue: int) -> None:
        self._argon2 = Argon2(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="argon2", initializer=let_others_go_first)
        self._places = threading.BoundedSemaphore(WORKERS + queue)
        self._nobodys = self._argon2.hash(secrets.token_urlsafe())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    async def hash(self, password: str) -> str:
        """See PasswordHasher."""
        return await self._in_thread(lambda: self._argon2.hash(normalised(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """See PasswordHasher. Without a stored hash that of an unknown password is checked, which takes as long."""
        return await self._in_thread(lambda: self._matches(stored or self._nobodys, normalised(password)))

    def is_outdated(self, stored: str) -> bool:
        """See PasswordHasher."""
        return self._argon2.check_needs_rehash(stored)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._argon2.verify(stored, password)
        except VerifyMismatchError:
            return False
        except VerificationError:
            logger.exception(
                "a stored password hash cannot be read: its owner cannot sign in. Restore it from a backup"
            )
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise PasswordsWaiting
        job = self._threads.submit(work)
        # When the thread is done, not the caller: one who hangs up must not make room that is still taken.
        job.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(job)
