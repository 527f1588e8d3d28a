"""The notifications service: messages to people, each sent once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from services.notifications.api import events, messages
from services.notifications.api.deps import Deps
from services.notifications.data.figures import QueueFigures, count_mail
from services.notifications.data.mail import SmtpMailer
from services.notifications.data.messages import MessageReads, SqlUow
from services.notifications.data.recipients import AuthRecipients
from services.notifications.data.rendering import Renderer
from services.notifications.data.smtp import SmtpOptions, SmtpServer
from services.notifications.domain.messages import Desk, Place
from services.notifications.domain.sending import Sender
from services.notifications.settings import Settings
from shared.dapr import Sidecar
from shared.db.notifications import bus
from shared.http.app import Platform, Service, Wiring, build_app
from shared.http.cursors import CursorOf
from shared.telemetry import continuing
from shared.worker import Worker

SENDERS = 2  # so that one slow mail does not hold up all others
PASSWORD = "notifications-smtp-password"  # noqa: S105 - the secret's name


def create_app(settings: Settings | None = None, sidecar: Sidecar | None = None) -> FastAPI:
    """The ASGI app of the service."""
    settings = settings or Settings()
    service = Service(
        title="notifications",
        tables=bus,
        routers=[messages.router],
        handlers=events.handlers,
        compose=partial(compose, settings),
    )
    return build_app(service, settings, sidecar=sidecar)


@asynccontextmanager
async def compose(settings: Settings, platform: Platform) -> AsyncIterator[Wiring]:
    """Bind the service's parts to each other."""
    wake = asyncio.Event()
    desk = Desk(now=platform.now, new_id=platform.new_id, host=settings.public_host)
    uow = partial(SqlUow, platform.writing, wake.set, desk)
    options = SmtpOptions(
        host=settings.smtp_host,
        port=settings.smtp_port,
        hello=settings.public_host,
        user=settings.smtp_user,
        password=await platform.sidecar.secret(PASSWORD) if settings.smtp_user else None,
        security=settings.smtp_security,
        connections=settings.smtp_connections,
        timeout=settings.smtp_timeout,
    )
    async with SmtpServer(options) as server:
        sender = Sender(
            uow=partial(uow, actor=None),
            recipients=AuthRecipients(platform.sidecar),
            mailer=SmtpMailer(
                server,
                Renderer(public_url=settings.public_url),
                sender=settings.sender,
                envelope_sender=settings.envelope_sender,
            ),
            traced=continuing,
            counted=count_mail,
            now=platform.now,
            new_id=platform.new_id,
        )
        workers = [
            Worker(name=f"sender {n}", work=sender.send_due, every=settings.sweep_seconds, wake=wake)
            for n in range(SENDERS)
        ]
        deps = Deps(messages=MessageReads(platform.database), cursors=CursorOf(platform.cursors, "messages", Place))
        yield Wiring(deps=deps, uow=uow, workers=workers, figures=QueueFigures(platform.database))
