"""FastAPI as its tutorials have it: ORM entities through `response_model`, two `@app.middleware("http")`, every trace recorded."""

import os
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, join, mapped_column, query_expression, with_expression

from shared.telemetry import start_tracing

# FastAPI's own telemetry records as soon as there is a provider.
start_tracing(service="textbook", instance="", endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"], ratio=1.0)

engine = create_async_engine(
    os.environ["CODEZEST_BENCH_DATABASE"].replace("postgresql://", "postgresql+asyncpg://"), pool_size=10
)
sessions = async_sessionmaker(engine)
app = FastAPI()


class Base(DeclarativeBase):
    """Every table is in learning's schema."""

    __table_args__ = {"schema": "learning"}  # noqa: RUF012 - SQLAlchemy's way


class Module(Base):
    __tablename__ = "module"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    archived_at: Mapped[datetime | None]


class Lesson(Base):
    __tablename__ = "lesson"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    module_id: Mapped[UUID] = mapped_column(ForeignKey(Module.id))
    minutes: Mapped[int]
    archived_at: Mapped[datetime | None]


class Course(Base):
    __tablename__ = "course"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    language: Mapped[str]
    published_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    lessons: Mapped[int] = query_expression()
    minutes: Mapped[int] = query_expression()


_LIVE = and_(Lesson.archived_at.is_(None), Module.archived_at.is_(None))
_LESSONS = join(Lesson, Module, and_(Module.id == Lesson.module_id, _LIVE))


class CourseOut(BaseModel):
    """A course in the list."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    slug: str
    title: str
    summary: str
    language: str
    published_at: datetime | None
    lessons: int
    minutes: int


class PageOut(BaseModel):
    """The list."""

    items: list[CourseOut]
    next: str | None = None


async def session() -> AsyncIterator[AsyncSession]:
    """A session per request."""
    async with sessions() as opened:
        yield opened


@app.middleware("http")
async def request_id(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Names the request."""
    response = await call_next(request)
    response.headers["x-request-id"] = request.headers.get("x-request-id") or str(uuid.uuid4())
    return response


@app.middleware("http")
async def timing(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Says how long it took."""
    started = time.perf_counter()
    response = await call_next(request)
    response.headers["x-process-time"] = f"{time.perf_counter() - started:.6f}"
    return response


@app.get("/courses", response_model=PageOut)
async def courses(opened: Annotated[AsyncSession, Depends(session)]) -> dict[str, object]:
    """The catalogue."""
    minutes = func.coalesce(func.sum(Lesson.minutes), 0)
    listed = (
        select(Course)
        .options(with_expression(Course.lessons, func.count(Lesson.id)), with_expression(Course.minutes, minutes))
        .outerjoin(_LESSONS, Lesson.course_id == Course.id)
        .where(Course.published_at.is_not(None), Course.archived_at.is_(None))
        .group_by(Course.id)
        .order_by(Course.title, Course.id)
        .limit(500)
    )
    return {"items": (await opened.scalars(listed)).all()}
