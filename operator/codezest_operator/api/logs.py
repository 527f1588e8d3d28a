"""Logs as JSON lines on standard error, Kopf's among them from warnings on."""

import logging

from pythonjsonlogger.json import JsonFormatter


def write_logs() -> None:
    """Set the root logger up."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("codezest_operator").setLevel(logging.INFO)
