"""Incidents of one's own organisation, for everybody in it, and who was told of them, for the help desk alone."""

from dataclasses import replace

from bot.cards.delivered import deliveries_reply
from bot.cards.words import incidents_reply
from bot.commands.desk import Turn
from bot.commands.notices import SHARED, notice
from bot.domain.conversation import Phrase, Reply
from bot.domain.delivery import Delivery, Subject
from bot.domain.incident import Incident
from bot.domain.telling import OpenLine
from bot.store import incidents as rows
from bot.store.audit import Db
from bot.store.incident_deliveries import CHUNK, owed_about

LISTED = 10
NAMED = 5  # ids, where one is not known
MOST_COUNTED = 5 * CHUNK  # deliveries on a card; the terminal tells them all


async def show_incidents(turn: Turn) -> Reply:
    """Those of this tenant: open ones first, then the newest."""
    async with turn.desk.store.reading() as db:
        found = await rows.recent(db, turn.tenant, limit=LISTED, drills=turn.desk.drill is not None)
    ordered = sorted(found, key=lambda one: not one.stage.is_open)
    told = incidents_reply(
        [OpenLine(incident=one) for one in ordered], turn.now, language=turn.language, zone=turn.zone
    )
    return _as_said_here(turn, told)


async def show_deliveries(turn: Turn) -> Reply:
    """How far each destination has one incident, the newest where none is named.

    Ids of conversations are not for everybody's eyes.
    """
    if turn.message.destination.scope in SHARED:
        return notice(turn, "recorded.alone")
    wanted = turn.intent.argument
    async with turn.desk.store.reading() as db:
        drills = turn.desk.drill is not None
        newest = () if wanted else await rows.recent(db, turn.tenant, limit=1, drills=drills)
        incident = await rows.get(db, wanted, turn.tenant) if wanted else next(iter(newest), None)
        if incident is None:
            return await _unknown(turn, db, wanted)
        told, revision = await _owed(db, incident)
    title = Phrase(key="deliveries.title_of", values={"id": incident.id})
    reply = deliveries_reply(told, revision, turn.now, title=title, language=turn.language, zone=turn.zone)
    return _as_said_here(turn, reply)


async def _owed(db: Db, incident: Incident) -> tuple[list[Delivery], int]:
    """What is owed of its card and steps, and the revision that is wanted."""
    told: list[Delivery] = []
    revision, last = incident.revision, 0
    while len(told) < MOST_COUNTED:
        page = await owed_about(db, incident, after=last)
        own = [one for one in page if one.subject is Subject.INCIDENT]
        told += [one.delivery for one in own]
        revision = max((one.wanted for one in own), default=revision)
        if len(page) < CHUNK:
            break
        last = page[-1].delivery.id
    return told, revision


async def _unknown(turn: Turn, db: Db, wanted: str) -> Reply:
    last = await rows.recent(db, turn.tenant, limit=NAMED)
    ids = ", ".join(one.id for one in last)
    if not wanted:
        return notice(turn, "telling.none")
    return notice(turn, "recorded.unknown" if ids else "recorded.none", {"id": wanted, "ids": ids})


def _as_said_here(turn: Turn, reply: Reply) -> Reply:
    shared = turn.message.destination.scope in SHARED
    return replace(reply, personal=not shared, drill=turn.desk.drill is not None)
