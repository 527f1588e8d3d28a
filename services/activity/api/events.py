"""Whatever happens anywhere goes into the feed."""

from services.activity.domain.feed import Origin, Uow, record_event
from shared.bus.handlers import Delivery, Handlers
from shared.events.event import Event

handlers = Handlers()


@handlers.on_every_event(of=("auth", "learning", "payments"), keeps=("name",))
async def enter_into_feed(event: Event, delivery: Delivery, uow: Uow) -> None:
    """Record the event, shown or hidden as the wording table says."""
    origin = Origin(id=delivery.id, source=delivery.source, position=delivery.position, at=delivery.time)
    await record_event(uow, event, origin=origin)
