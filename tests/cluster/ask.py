"""Asks a sidecar: run in a pod's network, where the sidecar listens on loopback alone.

Standard input is a JSON object: the sidecar's token, and requests as [verb, path]. Standard output is a JSON list: [status, text].
"""

import asyncio
import json
import sys

import httpx

AT_ONCE = 10
SECONDS = 60.0
SIDECAR = "http://127.0.0.1:3500/v1.0"


async def main() -> None:
    """Ask everything, ten at once."""
    given = json.load(sys.stdin)
    gate = asyncio.Semaphore(AT_ONCE)
    headers = {"dapr-api-token": given["token"]}
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False, headers=headers) as client:

        async def one(verb: str, path: str) -> tuple[int, str]:
            body: dict[str, str] | None = {} if verb in {"POST", "PUT"} else None
            async with gate:
                answer = await client.request(verb, SIDECAR + path, json=body)
            return answer.status_code, answer.text[:300]

        answers = await asyncio.gather(*(one(verb, path) for verb, path in given["requests"]))
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
