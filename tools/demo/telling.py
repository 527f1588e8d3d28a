"""The main job, told step by step with the time that each took."""

import time

import httpx

from tools.demo.walk import Addresses, walk


async def tell(addresses: Addresses, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
    """Walk and print. StuckError where it does not go on."""
    started = time.monotonic()
    print("Somebody new comes to CodeZest:")
    way = await walk(addresses, after_step=_show, transport=transport)
    print(f"The main job took {time.monotonic() - started:.1f} s for {way.learner.email}.")
    print(f"Look at the mails at {addresses.mail} and at everything else at {addresses.gateway}/")


async def _show(name: str, seconds: float) -> None:
    print(f"  {name:40} {seconds * 1000:7.0f} ms", flush=True)
