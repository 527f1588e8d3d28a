"""Asks the platform's own address whether it answers."""

import asyncio
from urllib.parse import urlsplit

import httpx2

SECONDS = 5.0
GOOD = 200


class HttpWeb:
    """Over HTTP, as a visitor would ask."""

    async def answers(self, url: str, *, by: str) -> bool:
        """Whether a GET is answered with 200; `by` is where to connect instead of the URL's host, empty for there."""
        parts = urlsplit(url)
        target = f"{parts.scheme}://{by or parts.netloc}{parts.path}"
        extensions = {"sni_hostname": parts.hostname} if parts.scheme == "https" and parts.hostname else {}
        try:
            # Whether people trust the certificate is theirs to see; many schools have an authority of their own.
            async with asyncio.timeout(SECONDS), httpx2.AsyncClient(verify=False, trust_env=False) as client:
                answer = await client.get(
                    target, headers={"host": parts.netloc}, extensions=extensions, timeout=SECONDS
                )
        except (httpx2.HTTPError, OSError, TimeoutError):
            return False
        return answer.status_code == GOOD
