"""The learning service: the only file that sees all of its layers."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from services.learning.api import authoring, catalogue, events, progress
from services.learning.api.deps import Deps
from services.learning.data.course_files import read_courses
from services.learning.data.reads import SqlReads
from services.learning.data.unit_of_work import SqlUow
from services.learning.domain.catalogue import Dated, Titled
from services.learning.domain.courses import SlugTaken
from services.learning.domain.imports import import_course
from services.learning.settings import Settings
from shared.dapr import Sidecar
from shared.db import learning as tables
from shared.http.app import Platform, Service, Wiring, build_app
from shared.http.cursors import CursorOf
from shared.http.pages import LOOK_EVERY, LOOK_SPREAD
from shared.worker import Worker

logger = logging.getLogger(__name__)


def create_app(settings: Settings | None = None, sidecar: Sidecar | None = None) -> FastAPI:
    """The app, configured by the environment; tests give `settings` and a `sidecar` of their own."""
    return build_app(SERVICE, settings or Settings(), sidecar=sidecar)


@asynccontextmanager
async def compose(platform: Platform) -> AsyncIterator[Wiring]:
    """Bind the layers, and import the courses that ship with the platform before anybody can be enrolled into one."""
    settings = platform.settings
    if not isinstance(settings, Settings):
        raise TypeError(f"learning needs its own settings, not {type(settings).__name__}")

    def uow(**joined: Any) -> SqlUow:
        return SqlUow(platform.writing, starter=settings.starter_course, **joined)

    await import_courses(settings, platform, uow(actor=None))
    reads = SqlReads(platform.database)
    if settings.starter_course and await reads.outline(settings.starter_course, None) is None:
        logger.warning("there is no course %r: new learners start without one", settings.starter_course)
    deps = Deps(
        uow=uow,
        reads=reads,
        catalogue=CursorOf(platform.cursors, "catalogue", Titled),
        authored=CursorOf(platform.cursors, "authored", Dated),
        joined=CursorOf(platform.cursors, "joined", Dated),
        now=platform.now,
        new_id=platform.new_id,
    )
    pages = Worker(
        name="following the catalogue",
        work=lambda: platform.pages.follow(reads.catalogue_version),
        every=LOOK_EVERY,
        spread=LOOK_SPREAD,
    )
    yield Wiring(deps=deps, uow=uow, workers=[pages])


async def import_courses(settings: Settings, platform: Platform, uow: SqlUow) -> None:
    """Import every course in the folder. Files that are wrong stop the start; a slug that an author has taken does not."""
    for file in await asyncio.to_thread(lambda: list(read_courses(settings.courses_folder))):
        try:
            outcome = await import_course(uow, file=file, at=platform.now())
        except SlugTaken:
            logger.exception(
                "course %s was not imported: one of its slugs is in use on the platform. "
                "Rename it in its course.yaml; everything else works.",
                file.slug,
            )
        else:
            logger.info("course %s %s", file.slug, outcome)


SERVICE = Service(
    title="learning",
    tables=tables.bus,
    routers=[catalogue.router, progress.router, authoring.router],
    public_pages=["/courses", "/courses/{slug}"],
    handlers=events.handlers,
    compose=compose,
)
