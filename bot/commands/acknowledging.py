""" "IT knows": the help desk takes an incident, and may say when the next word comes.

One tap acknowledges; the form that follows only adds the promised moment.  Step, notification and audit stand in one
transaction; the card of every conversation follows.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.commands.audited import audited, guarded
from bot.commands.desk import Turn
from bot.commands.notices import notice
from bot.domain.conversation import Entry, Face, Field, Form, Phrase, Reply, Role
from bot.domain.incident import Acknowledged, Incident
from bot.domain.lifecycle import acknowledge
from bot.store import incidents, notifications
from bot.store.incidents import OvertakenError

MAY = frozenset({Role.HELPDESK})
NEXT = "ack.next"
NEXT_FIELD = "next"
TRIES = 3  # the clock may have changed the incident at that very moment


async def acknowledged(turn: Turn, incident: Incident, typed: str | None = None) -> Reply:
    """Pressed.  `typed`: the next word's time of day, as the form has it.  Raises StoreError."""
    try:
        promised = _promised(turn, typed)
    except ValueError:
        return _form(turn, incident, Phrase(key="acknowledging.wrong_time"))

    async def run(turn: Turn) -> Reply:
        after = await _keep(turn, incident, promised)
        if after is None:
            return notice(turn, "acknowledging.over", {"id": incident.id}, beside=True)
        await turn.desk.news.tell(after.tenant)
        if promised is None and typed is None:
            return _form(turn, after, None)
        key = "acknowledging.noted_next" if promised else "acknowledging.noted"
        return notice(turn, key, {"id": incident.id, "next": promised}, beside=True)

    return await guarded(turn, MAY, run, what="acknowledge")


async def _keep(turn: Turn, incident: Incident, promised: datetime | None) -> Incident | None:
    """The incident as it is kept; None when it is over."""
    role = turn.acts_as or Role.HELPDESK
    for left in reversed(range(TRIES)):
        try:
            async with audited(turn, what="acknowledge") as change:
                before = await incidents.get(change.db, incident.id, incident.tenant)
                if before is None or not before.stage.is_open:
                    return None
                word = Acknowledged(by_role=role, at=turn.now, next_word_at=promised or _kept_promise(before))
                after, transition = acknowledge(before, word, turn.now)
                change.before, change.after = _said(before), f"{incident.id}: {_said(after)}"
                if transition is not None:
                    await incidents.save(change.db, after, before)
                    await incidents.add_step(change.db, transition)
                    await notifications.want_step(change.db, transition, turn.now)
                return after
        except OvertakenError:
            if not left:
                raise
    return None


def _kept_promise(incident: Incident) -> datetime | None:
    return incident.acknowledged.next_word_at if incident.acknowledged else None


def _said(incident: Incident) -> str:
    known = incident.acknowledged
    if known is None:
        return "not acknowledged"
    return f"{known.by_role}, next word {known.next_word_at:%H:%M} UTC" if known.next_word_at else f"{known.by_role}"


def _promised(turn: Turn, typed: str | None) -> datetime | None:
    """The next moment at which the clock of the presser's zone shows that time.  Raises ValueError."""
    if not typed or not typed.strip():
        return None
    wall = time.fromisoformat(typed.strip().zfill(len("07:00"))).replace(tzinfo=None)
    local = turn.now.astimezone(ZoneInfo(turn.zone))
    day = local.date() if wall > local.time() else local.date() + timedelta(days=1)
    return datetime.combine(day, wall, tzinfo=ZoneInfo(turn.zone)).astimezone(turn.now.tzinfo)


def _form(turn: Turn, incident: Incident, wrong: Phrase | None) -> Reply:
    """Noted; when does the next word come?"""
    field = Field(id=NEXT_FIELD, entry=Entry.TIME, label=Phrase(key="acknowledging.next", values={"zone": turn.zone}))
    return Reply(
        face=Face.FORM,
        row=incident.id,
        title=Phrase(key="acknowledging.noted", values={"id": incident.id}),
        notes=(wrong,) if wrong else (),
        form=Form(fields=(field,), verb=NEXT),
        drill=incident.drill or turn.desk.drill is not None,
        at=turn.now,
        language=turn.language,
        zone=turn.zone,
    )
