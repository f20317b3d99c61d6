"""Deliveries as rows, and rows as deliveries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bot.domain.conversation import Destination, Scope
from bot.domain.delivery import Delivery, DeliveryId, Notification, NotificationId, Part, Priority, Progress
from bot.domain.observation import TenantId
from bot.store.columns import NOBODY
from bot.store.forget import FORGOTTEN
from bot.store.notifications import notification_of

ALL = 2_147_483_647  # `reached` of a row that owes nothing, whatever may come
FOLLOWING = (Progress.OPEN, Progress.DONE, Progress.HANDED_OVER)  # in these a card follows every revision
_PRIORITIES = tuple(Priority)
SETTLED = (
    "sent_revision",
    "activity",
    "thread",
    "due",
    "attempts",
    "progress",
    "error",
    "maybe_twice",
    "throttled_until",
    "settled_at",
    "first_sent_at",
    "reached",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One destination that is to be told."""

    destination: str  # conversation, or the name of a way
    due: datetime
    priority: Priority = Priority.CHANNEL
    way: bool = False
    part: Part = Part.CARD
    step: str | None = None  # with Part.STEP: the change that is told; of a correction: what was said wrong
    revision: int = 0  # with Part.STEP: of the incident; only the newest one of a destination is said
    thread: str | None = None  # of a card that answers something: id of the root message that it goes under


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One delivery that is due, with all that is needed to make it."""

    delivery: Delivery
    notification: Notification
    destination: Destination | None  # None: a way beside Teams
    language: str | None  # its subscription's, else the conversation's own
    zone: str | None
    site: str | None
    root: str | None = None  # of a step: the activity of the card that it belongs under
    root_thread: str | None = None
    root_sent_at: datetime | None = None  # when that card was there for the first time
    mention: str | None = None  # platform id of a person whom the subscription names


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the report of who was told."""

    delivery: Delivery
    scope: Scope | None  # None: a way beside Teams, or a conversation that is no longer known
    team: str | None
    gone_at: datetime | None


def new_row(notification: Notification, owed: Owed) -> dict[str, Any]:
    """Of a delivery that begins."""
    step = owed.part is Part.STEP
    return {
        "notification": notification.id,
        "tenant": notification.tenant or NOBODY,
        "destination": owed.destination,
        "part": owed.part,
        "step": owed.step or "",
        "step_revision": owed.revision if step else 0,
        "way": owed.way,
        "thread": owed.thread,
        "priority": owed.priority.rank,
        "sent_revision": 0,
        "reached": 0,
        "due": owed.due,
        "attempts": 0,
        "progress": Progress.OPEN,
        "error": "",
        "maybe_twice": False,
    }


def outcome_row(delivery: Delivery) -> dict[str, Any]:
    """How a try ended: parameters for the columns of SETTLED."""
    said = {name: getattr(delivery, name) for name in SETTLED if name != "reached"}
    goes_on = delivery.progress in FOLLOWING if delivery.part is Part.CARD else delivery.progress is Progress.OPEN
    said["reached"] = (delivery.sent_revision if delivery.part is Part.CARD else 0) if goes_on else ALL
    return {"which": delivery.id} | {f"new_{name}": value for name, value in said.items()}


def work_of(row: Row[Any]) -> Work:
    """From a delivery joined with its notification (n_) and conversation (c_)."""
    notification = notification_of(row, "n_")
    delivery = delivery_of(row, notification.revision)
    known = row.c_id is not None
    return Work(
        delivery=delivery,
        notification=notification,
        destination=_destination(row, delivery) if known else None,
        language=row.spoken,
        zone=row.local,
        site=row.site,
        root=row.root,
        root_thread=row.root_thread,
        root_sent_at=row.root_sent_at,
        mention=None if row.mention == FORGOTTEN else row.mention,
    )


def _destination(row: Row[Any], delivery: Delivery) -> Destination:
    return Destination(
        id=row.c_id,
        scope=Scope(row.c_scope),
        tenant=delivery.tenant,
        thread=delivery.thread,
        service_url=row.c_service_url,
        bot_id=row.c_bot_id,
        team=row.c_team,
        channel=row.c_channel,
    )


def delivery_of(row: Any, wanted: int) -> Delivery:  # noqa: ANN401 - a Row, whose columns only its query knows
    """From its row; `wanted`: revision of its notification, which is what a card wants."""
    part = Part(row.part)
    return Delivery(
        id=DeliveryId(row.id),
        notification=NotificationId(row.notification),
        tenant=TenantId(row.tenant) if row.tenant else None,
        destination=row.destination,
        part=part,
        way=row.way,
        step=row.step or None,
        wanted_revision=row.step_revision if part is Part.STEP else wanted,
        priority=_PRIORITIES[row.priority],
        sent_revision=row.sent_revision,
        activity=row.activity,
        thread=row.thread,
        due=row.due,
        attempts=row.attempts,
        progress=Progress(row.progress),
        error=row.error,
        maybe_twice=row.maybe_twice,
        throttled_until=row.throttled_until,
        settled_at=row.settled_at,
        first_sent_at=row.first_sent_at,
    )
