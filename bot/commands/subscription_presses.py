"""The form and the list of what is told here, pressed: save, change, end.

The row behind a button names one subscription as it stood when the card was shown; of another conversation it may be
only for an administrator of the same organisation.  Whoever changed it meanwhile is not overwritten unseen.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.cards.subscribing import SAVE
from bot.commands.desk import Desk, Turn
from bot.commands.notices import notice
from bot.commands.subscribing import current, end, form_of, keep, open_form, permitted, unsubscribe
from bot.commands.turning import turn_of
from bot.commands.wishing import FORM, OPEN, filled_in, fresh, id_in, is_same, mark_of, row_of
from bot.domain.conversation import Destination, Phrase, Press, Reply, Role, Scope
from bot.domain.subscription import Subscription
from bot.store import conversations, subscriptions

CARD_VERSION = 1
END = "unsubscribe"


async def pressed_on_form(desk: Desk, press: Press, now: datetime) -> Reply:
    """What the person who pressed sees instead of the form or the list.  Raises StoreError."""
    turn = await turn_of(desk, press, now, command=press.verb)
    if press.version != CARD_VERSION:
        return await open_form(turn)
    if press.verb.startswith(OPEN):
        return await _chosen(turn, press.verb.removeprefix(f"{OPEN}."))
    found = await _named(turn, press.row)
    if press.verb == SAVE:
        return await _save(turn, press, found)
    if press.verb == END and found is not None:
        return await _ended(turn, found)
    return await open_form(turn, found if found and found.conversation == turn.message.destination.id else None)


async def ended_here(turn: Turn) -> Reply:
    """The button that ends it, on any card; all in the conversation hear of it."""
    found = await current(turn)
    return await _ended(turn, found) if found else await unsubscribe(turn)


async def _save(turn: Turn, press: Press, found: Subscription | None) -> Reply:
    before = found or fresh(turn)
    after, wrong = filled_in(turn, before, press.inputs)
    if wrong:
        return _again(turn, before, press, wrong)
    if found is not None and is_same(found, after):
        return await keep(turn, found, after)
    if press.row != row_of(before):
        return _again(turn, before, press, [Phrase(key="subscription.changed_meanwhile")])

    async def run(turn: Turn) -> Reply:
        said = await keep(turn, found, after)
        await _openly(turn, after, said)
        return said

    return await permitted(turn, run, what="subscribe")


async def _ended(turn: Turn, found: Subscription) -> Reply:
    async def run(turn: Turn) -> Reply:
        said = await end(turn, found)
        if not found.helpdesk:
            await _openly(turn, found, said)
        return said

    return await permitted(turn, run, what="unsubscribe")


async def _chosen(turn: Turn, mark: str) -> Reply:
    """One of an administrator's list."""
    if Role.ADMIN not in turn.message.person.roles:
        return await open_form(turn)
    async with turn.desk.store.reading() as db:
        everyone = await subscriptions.all_of(db, turn.tenant)
    chosen = next((one for one in everyone if mark_of(one) == mark), None)
    return form_of(turn, chosen) if chosen else notice(turn, "subscription.gone")


async def _named(turn: Turn, row: str) -> Subscription | None:
    """The subscription that the row means, if this person may touch it here; else this conversation's own."""
    wanted = id_in(row) if row.startswith(FORM) else None
    if wanted is not None and Role.ADMIN in turn.message.person.roles:
        async with turn.desk.store.reading() as db:
            found = await subscriptions.by_id(db, turn.tenant, wanted)
        if found is not None:
            return found
    return await current(turn)


def _again(turn: Turn, before: Subscription, press: Press, wrong: Sequence[Phrase]) -> Reply:
    """The form with what was typed, and what is wrong with it."""
    shown = form_of(turn, before)
    if shown.form is None:
        return shown
    typed = tuple(replace(each, value=press.inputs.get(each.id, "")[: each.most]) for each in shown.form.fields)
    return replace(shown, notes=tuple(wrong), form=replace(shown.form, fields=typed))


async def _openly(turn: Turn, subscription: Subscription, said: Reply) -> None:
    """Everybody there reads what was changed, and by which role."""
    if subscription.scope is Scope.PERSONAL:
        return
    where: Destination | None = turn.message.destination
    if subscription.conversation != turn.message.destination.id:
        async with turn.desk.store.reading() as db:
            place = await conversations.get(db, subscription.tenant, subscription.conversation)
        where = place.destination if place and place.gone_at is None else None
    if where is not None:
        turn.desk.aloud.say(where, replace(said, personal=False, beside=False))
