"""A service stores the personal data that its handlers say it keeps, and no other."""

import importlib

import pytest
from sqlalchemy import select

from shared.bus.handlers import Handling
from shared.db.schema import BusTables
from shared.events.event import load_catalogue
from tests.running import Running, running
from tools.contracts.documents import handlers
from tools.contracts.examples import example_data
from tools.database.services import services

SECRETS = {"activity-cursor-key": "k" * 32}


def personal(service: str) -> list[Handling]:
    """How the service handles the events that hold personal data."""
    found = [handlers(service).get(event_type) for event_type in load_catalogue()]
    return [handling for handling in found if handling is not None and handling.event.personal_fields()]


async def stored(run: Running, service: str) -> str:
    """All that stands in the service's own tables. An event that the bus has parked is an AssertionError."""
    schema = importlib.import_module(f"shared.db.{service}")
    bus: BusTables = schema.bus
    async with run.database.reading() as connection:
        assert (await connection.execute(select(bus.parked))).all() == []
        own = [table for table in schema.metadata.sorted_tables if table not in vars(bus).values()]
        return "\n".join([str((await connection.execute(select(table))).all()) for table in own])


@pytest.mark.parametrize("service", [service for service in services() if personal(service)])
async def test_a_service_stores_what_it_says_it_keeps(service: str, database_url: str) -> None:
    create_app = importlib.import_module(f"services.{service}.main").create_app
    settings = importlib.import_module(f"services.{service}.settings").Settings
    async with running(create_app, settings, database_url, secrets=SECRETS) as run:
        for handling in personal(service):
            event = handling.event
            marks = {name: f"the {name} in {event.__name__}" for name in event.personal_fields()}
            data = example_data(event)
            await run.happens(event.receive({**data, **marks}))
            text = await stored(run, service)
            assert str(data[event.key_field]) in text, (
                "the event left nothing at all: does this test look at the tables?"
            )
            assert {name for name, mark in marks.items() if mark in text} == handling.keeps


def test_somebody_hears_of_personal_data() -> None:
    assert {service for service in services() if personal(service)} >= {"activity", "learning", "notifications"}
