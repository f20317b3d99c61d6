"""Quiet for a while: a conversation's whole subscription by words, one incident by the button on its card."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from bot.commands.audited import audited
from bot.commands.desk import Turn
from bot.commands.notices import notice
from bot.commands.status import CHAT_SCOPES
from bot.commands.subscribing import current, permitted
from bot.domain.conversation import Phrase, Reply, Scope
from bot.domain.incident import Incident
from bot.domain.subscription import Subscription
from bot.store import incidents, subscriptions
from bot.store.audit import MEMBER
from bot.understand.lengths import length_of

USUAL, LONGEST = timedelta(hours=2), timedelta(days=14)


async def mute(turn: Turn) -> Reply:
    """Typed "mute 2h": nothing comes here until then; what has a card here keeps it true without noise."""
    if turn.message.destination.scope not in CHAT_SCOPES:
        return notice(turn, "subscription.only_in_chats")
    found = await current(turn)
    if found is None:
        return notice(turn, "subscription.none")
    said = length_of(turn.intent.argument, USUAL)
    if said is None:
        return notice(turn, "muting.lengths", {"n": LONGEST.days})
    lasts = min(said, LONGEST)
    key = "muting.until" if said <= LONGEST else "muting.until_longest"

    async def run(turn: Turn) -> Reply:
        await _change(turn, found, lasts)
        return _said(turn, key, {"until": turn.now + lasts, "n": LONGEST.days})

    return await permitted(turn, run, what="mute")


async def unmute(turn: Turn) -> Reply:
    """Speak again, of incidents that were muted one by one too."""
    if turn.message.destination.scope not in CHAT_SCOPES:
        return notice(turn, "subscription.only_in_chats")
    found = await current(turn)

    async def run(turn: Turn) -> Reply:
        await _change(turn, found, None)
        return _said(turn, "muting.ended", {})

    return await permitted(turn, run, what="unmute")


async def mute_incident(turn: Turn, incident: Incident) -> Reply:
    """The button: this conversation hears no more of this one.  Raises StoreError."""

    async def run(turn: Turn) -> Reply:
        here = turn.message.destination
        async with audited(turn, what="mute", by=MEMBER) as change:
            muted = await incidents.muted_in(change.db, here.tenant, incident.id, {here.id})
            await incidents.mute(change.db, here.tenant, incident.id, here.id, turn.now)
            change.before = "muted" if muted else None
            change.after = f"{here.id}: incident {incident.id}"
        said = _said(turn, "muting.incident", {"id": incident.id})
        if not muted and here.scope is not Scope.PERSONAL:
            turn.desk.aloud.say(here, said)
        return replace(said, beside=True)

    return await permitted(turn, run, what="mute")


async def _change(turn: Turn, found: Subscription | None, lasts: timedelta | None) -> None:
    here = turn.message.destination
    async with audited(turn, what="unmute" if lasts is None else "mute", by=MEMBER) as change:
        if found is not None:
            until = None if lasts is None else turn.now + lasts
            await subscriptions.mute(change.db, here.tenant, here.id, until)
            change.before = f"until {found.muted_until:%Y-%m-%d %H:%M}" if found.muted_until else None
            change.after = f"{here.id}: until {until:%Y-%m-%d %H:%M}" if until else f"{here.id}: -"
        if lasts is None:
            for incident in await incidents.open_of(change.db, here.tenant):  # a handful
                await incidents.unmute(change.db, here.tenant, incident.id, here.id)


def _said(turn: Turn, key: str, values: Mapping[str, object]) -> Reply:
    """Done; where several read it by which role, never by name."""
    if turn.message.destination.scope is Scope.PERSONAL:
        return notice(turn, f"{key}_alone", values)
    return notice(turn, key, {**values, "role": Phrase(key=f"subscribing.role.{turn.acts_as or MEMBER}")})
