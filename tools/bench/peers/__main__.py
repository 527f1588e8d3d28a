"""`python -m tools.bench.peers faststream_worker`: publishes the messages on standard input, one JSON a line."""

import asyncio
import importlib
import json
import sys

if __name__ == "__main__":
    worker = importlib.import_module(f"tools.bench.peers.{sys.argv[1]}")
    asyncio.run(worker.publish([json.loads(line) for line in sys.stdin]))
