"""What a delivery says now, drawn: once for all readers who see the same.

A drawing serves for a minute at most: its card says as of when it is true.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.cards.ready import Use, ready_text
from bot.cards.telling import helpdesk_lines, incident_reply
from bot.cards.words import back_reply, correction_reply, step_reply
from bot.commands.desk import Desk
from bot.commands.telling import Reader, view_of
from bot.domain.conversation import Reply, Scope
from bot.domain.delivery import Notification, Part, Priority, Subject
from bot.domain.incident import Change, Incident, Stage
from bot.domain.observation import TenantId
from bot.domain.settling import Needless
from bot.domain.telling import IncidentView, Why
from bot.domain.ways import Way
from bot.domain.wrong import wrong_of
from bot.store import deliveries, incidents
from bot.store.deliveries import Work
from bot.transports.outgoing import Called, Outgoing

LASTS = timedelta(minutes=1)
MOST_DRAWINGS = 128  # each up to 20 KB; two dozen tenants are told at a time
ENDS = frozenset({Change.OVER, Change.WITHDRAWN, Change.UNSEEN})
UNHEARD = Needless(reason="over before it could be told")
ONCE = {Subject.BACK: Why.WAITED, Subject.CORRECTION: Why.ASKED}  # who never subscribed to it
RIGHT = Needless(reason="what was said was right after all")
MENTIONING = frozenset({Subject.INCIDENT, Subject.ANNOUNCEMENT})
AGAIN = Needless(reason="bad again before it could be told")
IN_CARD = Needless(reason="told by the card itself")
UNKNOWN = Needless(reason="what it tells of is not known any more")

Compose = Callable[[Work, datetime], Awaitable[Reply | Needless]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """An incident as it stood when this revision of its notification was first drawn."""

    incident: Incident
    into: Incident | None  # the one that goes on, when it was merged
    told_by: tuple[str, ...]  # ways beside Teams that told it
    at: datetime


class Drawer:
    """Draws deliveries."""

    def __init__(
        self,
        desk: Desk,
        outgoing: Callable[[Reply], Outgoing],
        *,
        others: Mapping[Subject, Compose] | None = None,
        ways: Callable[[TenantId | None], Sequence[Way]] = lambda _: (),
    ) -> None:
        """`others`: who composes what does not tell of one incident; `ways`: those beside Teams that a tenant has."""
        self._desk, self._outgoing, self._others, self._ways = desk, outgoing, others or {}, ways
        self._drawn: OrderedDict[Hashable, tuple[datetime, Outgoing]] = OrderedDict()
        self._known: OrderedDict[tuple[str, int], _Known] = OrderedDict()
        self._one = asyncio.Lock()

    async def draw(self, work: Work, now: datetime) -> Outgoing | Needless:
        """What to say; or that it is not worth saying any more.  Raises StoreError."""
        drawn = await self._draw(work, now)
        if isinstance(drawn, Needless) or (whom := _mentioned(work)) is None:
            return drawn
        language, _ = self._desk.texts.choose(work.language, self._desk.house_of(work.delivery.tenant).language)
        return replace(drawn, calls=Called(id=whom, word=self._desk.texts.say("mentioned.owner", language)))

    async def _draw(self, work: Work, now: datetime) -> Outgoing | Needless:
        if work.notification.subject in self._others:
            composed = await self._others[work.notification.subject](work, now)
            return composed if isinstance(composed, Needless) else self._outgoing(composed)
        known = await self._know(work.notification, now)
        if known is None:
            return UNKNOWN
        if _is_unheard(work, known.incident):
            return UNHEARD
        if _is_in_card(work):
            return IN_CARD
        key = _key(work)
        return await (self._new(work, known, now) if key is None else self._once(key, work, known, now))

    async def _once(self, key: Hashable, work: Work, known: _Known, now: datetime) -> Outgoing | Needless:
        if (found := self._found(key, now)) is not None:
            return found
        async with self._one:
            if (found := self._found(key, now)) is not None:
                return found
            drawn = await self._new(work, known, now)
            if isinstance(drawn, Outgoing):
                self._drawn[key] = (now, drawn)
                while len(self._drawn) > MOST_DRAWINGS:
                    self._drawn.popitem(last=False)
            return drawn

    def _found(self, key: Hashable, now: datetime) -> Outgoing | None:
        at, drawn = self._drawn.get(key, (now, None))
        return drawn if now - at < LASTS else None

    async def _know(self, notification: Notification, now: datetime) -> _Known | None:
        """The incident that it tells of, read once for all who are told at the same time."""
        key = (notification.id, notification.revision)
        if (known := self._remembered(key, now)) is not None:
            return known
        async with self._one:
            return self._remembered(key, now) or await self._read(key, notification, now)

    def _remembered(self, key: tuple[str, int], now: datetime) -> _Known | None:
        known = self._known.get(key)
        return known if known is not None and now - known.at < LASTS else None

    async def _read(self, key: tuple[str, int], notification: Notification, now: datetime) -> _Known | None:
        async with self._desk.store.reading() as db:
            incident = await incidents.get(db, notification.about.partition(".")[0], notification.tenant)
            if incident is None:
                return None
            into = await incidents.get(db, incident.merged_into, incident.tenant) if incident.merged_into else None
            told_by = await deliveries.heard(db, notification.id, ways=True)
        told_by -= {way.name for way in self._ways(notification.tenant) if way.helpdesk}  # while Teams works, too
        self._known[key] = _Known(incident=incident, into=into, told_by=tuple(sorted(told_by)), at=now)
        while len(self._known) > MOST_DRAWINGS:
            self._known.popitem(last=False)
        return self._known[key]

    async def _new(self, work: Work, known: _Known, now: datetime) -> Outgoing | Needless:
        if work.delivery.way:
            return await self._for_way(work, known, now)
        view = view_of(self._desk, known.incident, _reader(work, known), now)
        match work.notification.subject:
            case Subject.BACK:
                return AGAIN if view.incident.stage.is_open else self._outgoing(back_reply(view))
            case Subject.CORRECTION:
                if view.incident.stage is Stage.WITHDRAWN:
                    return RIGHT
                wrong = wrong_of(work.delivery.step, view.incident)
                return UNKNOWN if wrong is None else self._outgoing(correction_reply(view, wrong))
            case Subject.INCIDENT:
                return self._outgoing(_reply(work, known, view))
        return UNKNOWN

    async def _for_way(self, work: Work, known: _Known, now: datetime) -> Outgoing | Needless:
        """The words for a way beside Teams: what it is, that it comes by this way, and why."""
        ways = {way.name: way for way in self._ways(work.delivery.tenant)}
        way = ways.get(work.delivery.destination, Way(name=work.delivery.destination))
        reader = _reader(work, known)
        reader = replace(reader, why=Why.HELPDESK) if way.helpdesk else reader
        view = view_of(self._desk, known.incident, reader, now)
        is_end = Change(work.delivery.step or Change.FACTS) in ENDS
        if is_end != (not view.incident.stage.is_open):
            return UNHEARD
        if is_end and not await self._was_told(work):
            return UNHEARD
        texts, language = self._desk.texts, view.language
        said = ready_text(view, Use.SMS if way.brief else Use.MAIL, texts, language, view.zone)
        kind = f"{'desk_' if way.helpdesk else ''}{'short' if way.brief else 'long'}"
        lines = [
            texts.say(f"way.end_{kind}" if is_end else f"way.alarm_{kind}", language),
            *said.parts,
            *(texts.say(each, language) for each in ([] if way.brief else helpdesk_lines(view))),
            texts.say(f"way.why_{kind}", language, way=way.name),
        ]
        return Outgoing(card=None, text="\n".join(lines), summary=said.subject)

    async def _was_told(self, work: Work) -> bool:
        async with self._desk.store.reading() as db:
            return work.delivery.destination in await deliveries.heard(db, work.notification.id, ways=True)


def _reply(work: Work, known: _Known, view: IncidentView) -> Reply:
    if work.delivery.part is Part.CARD:
        return incident_reply(view)
    return step_reply(view, Change(work.delivery.step or Change.FACTS), into=known.into)


def _reader(work: Work, known: _Known) -> Reader:
    is_personal = work.destination is not None and work.destination.scope is Scope.PERSONAL
    return Reader(
        why=_why(work, is_personal=is_personal),
        language=work.language,
        zone=work.zone,
        shared=not is_personal and not work.delivery.way,
        handed_to=() if work.delivery.way else known.told_by,
    )


def _why(work: Work, *, is_personal: bool) -> Why:
    if (once := ONCE.get(work.notification.subject)) is not None:
        return once
    if work.delivery.way:
        return Why.ORGANISATION
    if work.delivery.priority is Priority.HELPDESK:
        return Why.HELPDESK
    return Why.PERSONAL if is_personal else Why.CHANNEL


def _is_unheard(work: Work, incident: Incident) -> bool:
    """Whether its end would be told to somebody who never heard of its beginning."""
    delivery = work.delivery
    is_first = delivery.part is Part.CARD and delivery.first_sent_at is None and not delivery.maybe_twice
    return work.notification.subject is Subject.INCIDENT and is_first and not incident.stage.is_open


def _mentioned(work: Work) -> str | None:
    """Whom this calls: with the first card and with each short word under it, never with an edit, which rings nowhere.

    A step that is hushed has no short word, and so calls nobody.
    """
    delivery, place = work.delivery, work.destination
    is_new = delivery.part is Part.STEP or delivery.activity is None
    is_shared = place is not None and place.scope is not Scope.PERSONAL
    return work.mention if is_new and is_shared and work.notification.subject in MENTIONING else None


def _is_in_card(work: Work) -> bool:
    """Whether the first that this conversation saw of the card told the step already."""
    delivery, card_at = work.delivery, work.root_sent_at
    is_word = delivery.part is Part.STEP and not delivery.way and delivery.attempts == 0
    return is_word and card_at is not None and card_at > delivery.due


def _key(work: Work) -> Hashable | None:
    """Everything that the words depend on; None: on the conversation itself."""
    if work.notification.subject is Subject.CORRECTION or work.delivery.way:
        return None
    place = work.destination
    is_personal = place is not None and place.scope is Scope.PERSONAL
    return (
        work.notification.id,
        work.notification.revision,
        work.delivery.part,
        work.delivery.step,
        work.language,
        work.zone if is_personal else None,  # where several read it, the client writes the moments
        is_personal,
        work.delivery.priority is Priority.HELPDESK,
    )
