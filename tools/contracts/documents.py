"""The committed contracts, as the code has them: events, OpenAPI of every service, docs/problems, the charts' values, CodeZest."""

import importlib
import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from shared.bus.handlers import Handlers
from shared.events.event import Event, load_catalogue
from tools.contracts.codezest_page import codezest_page
from tools.contracts.events_page import events_page
from tools.contracts.problem_pages import pages, problem_types
from tools.contracts.values_page import values_page
from tools.database.services import services

ROOT = Path(__file__).parents[2]

# Enough to build an app and ask it for its OpenAPI; nothing is connected to.
SETTINGS = {"database_url": "postgresql://nobody@127.0.0.1:1/none", "APP_API_TOKEN": "x" * 32}


def documents() -> dict[str, str]:
    """Path below the repository's root -> text, for every contract."""
    found = {"docs/events.md": events_page({service: handlers(service) for service in services()})}
    for name, event in sorted(load_catalogue().items()):
        found[f"docs/events/{name}.json"] = _json(schema(event))
    apis = {service: app(service).openapi() for service in services()}
    found |= {f"docs/openapi/{service}.json": _json(api) for service, api in apis.items()}
    found |= {f"docs/problems/{name}": page for name, page in pages(problem_types(apis)).items()}
    found["docs/values.md"] = values_page()
    found["docs/codezest.md"] = codezest_page()
    return found


def app(service: str) -> FastAPI:
    """The service's app, built but not started."""
    settings = importlib.import_module(f"services.{service}.settings").Settings
    created: FastAPI = importlib.import_module(f"services.{service}.main").create_app(settings=settings(**SETTINGS))
    return created


def handlers(service: str) -> Handlers:
    """The service's event handlers."""
    found: Handlers = app(service).state.handlers
    return found


def schema(event: type[Event]) -> dict[str, Any]:
    """The event's JSON Schema under the address of its type."""
    return {"$id": f"https://codezest.dev/events/{event.event_type}", **event.model_json_schema()}


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
