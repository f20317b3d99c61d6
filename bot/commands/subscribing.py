"""A conversation says what it wants to be told, and that it wants no more.

Any member may, said openly and noted; a setting keeps it for owners of the team and administrators.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.cards.subscribing import Offer, subscribed_reply, subscription_form
from bot.commands.audited import audited, guarded
from bot.commands.catching_up import owe_what_is_open
from bot.commands.desk import Turn
from bot.commands.notices import notice
from bot.commands.roles import permit, refusal
from bot.commands.status import CHAT_SCOPES
from bot.commands.wishing import fresh, in_short, is_same, row_of, worded
from bot.content.values import locale_of
from bot.domain.conversation import ConversationEvent, Life, Phrase, Reply, Role, Scope
from bot.domain.delivery import Subject
from bot.domain.subscription import Subscription
from bot.store import conversations, deliveries, subscriptions
from bot.store.audit import MEMBER
from bot.understand.wishes import wanted_of

OWNERS = frozenset({Role.TEAM_OWNER})
ELSEWHERE = Phrase(key="subscription.only_in_chats")

Run = Callable[[Turn], Awaitable[Reply]]


async def subscribe(turn: Turn) -> Reply:
    """Typed: the form, or with words behind it at once."""
    if turn.message.destination.scope not in CHAT_SCOPES:
        return notice(turn, ELSEWHERE.key)
    if not turn.intent.argument:
        return await open_form(turn)
    wanted = wanted_of(turn.intent.argument, turn.house.sites)
    before = await current(turn)
    after = worded(before or fresh(turn), wanted, own_zone(turn))
    if wanted.unknown:
        words = " ".join(wanted.unknown)
        shown = await open_form(turn, before)
        return replace(shown, notes=(*shown.notes, Phrase(key="subscription.not_understood", values={"words": words})))

    async def run(turn: Turn) -> Reply:
        return await keep(turn, before, after)

    return await permitted(turn, run, what="subscribe")


async def open_form(turn: Turn, found: Subscription | None = None) -> Reply:
    """What shall be told here?  Filled with what is told now, else with the defaults."""
    refused = await _refused(turn)
    if refused is not None:
        return refused
    return form_of(turn, found or await current(turn) or fresh(turn))


def form_of(turn: Turn, subscription: Subscription) -> Reply:
    """The form for this subscription."""
    return drawn(turn, subscription_form(subscription, offer_of(turn, subscription)))


async def keep(turn: Turn, before: Subscription | None, after: Subscription) -> Reply:
    """Keep the wish, and say so.  The same wish again changes nothing.  Raises StoreError."""
    if before is None or not is_same(before, after):
        destination = turn.message.destination
        async with audited(turn, what="subscribe", by=MEMBER) as change:
            if destination.id == after.conversation:  # written down before anybody looks for it
                event = ConversationEvent(life=Life.SEEN, destination=destination, person=_owner(turn))
                await conversations.record(change.db, event, turn.now)
            standing = await subscriptions.get(change.db, after.tenant, after.conversation)
            if standing is not None:
                after = replace(after, helpdesk=standing.helpdesk, muted_until=standing.muted_until)
            after = await subscriptions.save(change.db, after)
            await owe_what_is_open(change.db, after, turn.now)
            change.before, change.after = in_short(standing), in_short(after)
        await turn.desk.news.tell(after.tenant)
    return told(turn, after)


def told(turn: Turn, subscription: Subscription) -> Reply:
    """What is told here from now on, and by which role that was set up."""
    return drawn(turn, subscribed_reply(subscription, offer_of(turn, subscription), turn.acts_as or MEMBER))


async def unsubscribe(turn: Turn) -> Reply:
    """Nothing more comes here by itself."""
    if turn.message.destination.scope not in CHAT_SCOPES:
        return notice(turn, ELSEWHERE.key)
    found = await current(turn)
    if found is None:
        return notice(turn, "subscription.none")

    async def run(turn: Turn) -> Reply:
        return await end(turn, found)

    return await permitted(turn, run, what="unsubscribe")


async def end(turn: Turn, found: Subscription) -> Reply:
    """End this subscription.  One of the help desk's own stands in the settings, and ends there."""
    if found.helpdesk:
        return notice(turn, "subscription.by_settings")
    async with audited(turn, what="unsubscribe", by=MEMBER) as change:
        await subscriptions.remove(change.db, found.tenant, found.conversation)
        await deliveries.let_go(change.db, found.tenant, found.conversation, Subject.INCIDENT)
        change.before = in_short(found)
    if found.scope is Scope.PERSONAL:
        return notice(turn, "subscription.ended_alone")
    role = Phrase(key=f"subscribing.role.{turn.acts_as or MEMBER}")
    return notice(turn, "subscription.ended", {"role": role})


async def current(turn: Turn) -> Subscription | None:
    """What this conversation is told now.  Raises StoreError."""
    destination = turn.message.destination
    async with turn.desk.store.reading() as db:
        return await subscriptions.get(db, destination.tenant, destination.id)


async def permitted(turn: Turn, run: Run, *, what: str) -> Reply:
    """Run it if this person may decide what is told here."""
    if _is_anybodys(turn):
        return await run(turn)
    return await guarded(turn, OWNERS, run, what=what)


def offer_of(turn: Turn, subscription: Subscription) -> Offer:
    """What the form offers here."""
    languages = tuple((tag, locale_of(tag).get_display_name(tag) or tag) for tag in turn.house.languages)
    return Offer(
        services=tuple(turn.desk.catalogue.services),
        languages=languages,
        now=turn.now,
        row=row_of(subscription),
        language=turn.language,
        zone=own_zone(turn),
        owners_only=not _is_anybodys(turn),
    )


def own_zone(turn: Turn) -> str:
    """The zone of this conversation: alone with us the person's, else the organisation's."""
    return turn.zone if turn.message.destination.scope is Scope.PERSONAL else turn.house.zone


def drawn(turn: Turn, reply: Reply) -> Reply:
    """The reply, marked while a drill is played."""
    return replace(reply, drill=turn.desk.drill is not None)


async def _refused(turn: Turn) -> Reply | None:
    """A form that could not be saved is not worth filling in."""
    if _is_anybodys(turn):
        return None
    given = await permit(turn, OWNERS)
    return None if given.role is not None else refusal(turn, OWNERS, unsure=given.unsure)


def _is_anybodys(turn: Turn) -> bool:
    return not turn.house.subscribe_by_owners or turn.message.destination.scope is Scope.PERSONAL


def _owner(turn: Turn) -> str | None:
    is_alone = turn.message.destination.scope is Scope.PERSONAL
    return (turn.message.person.lasting_id or None) if is_alone else None
