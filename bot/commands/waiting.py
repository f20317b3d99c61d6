""" "Tell me when it's back": one tap or one sentence, answered once.

It is told alone to the person where we can speak to them alone, else where it was asked for.
"""

from bot.commands.desk import Turn
from bot.commands.notices import notice
from bot.commands.status import CHAT_SCOPES
from bot.domain.conversation import Answer, Phrase, Reply, Scope
from bot.domain.incident import Incident
from bot.store import conversations, waiting
from bot.store.waiting import Waiting


async def tell_back(turn: Turn) -> Reply:
    """Typed: of Teams, or of the service that has the trouble."""
    if turn.message.destination.scope not in CHAT_SCOPES:
        return notice(turn, "subscription.only_in_chats")
    return await wait(turn, turn.desk.open.of(turn.tenant, turn.intent.service))


async def pressed_back(turn: Turn, _answer: Answer, _: str = "") -> Reply:
    """Pressed on the card of an answer.  Raises StoreError."""
    return await wait(turn, turn.desk.open.of(turn.tenant, turn.intent.service), beside=True)


async def wait(turn: Turn, incident: Incident | None, *, beside: bool = False) -> Reply:
    """They are told when it's back; once, however often they ask.  Raises StoreError."""
    message = turn.message
    here, tenant = message.destination, message.destination.tenant
    service = incident.service if incident else turn.intent.service
    async with turn.desk.store.transaction() as db:
        alone = here.id
        if here.scope is not Scope.PERSONAL:
            alone = await conversations.personal_of(db, tenant, message.person.lasting_id) or here.id
        await waiting.add(
            db,
            Waiting(
                tenant=tenant,
                service=service,
                conversation=alone,
                asked_at=turn.now,
                person=message.person.lasting_id,
                incident=incident.id if incident else None,
                drill=turn.desk.drill is not None,
            ),
        )
    named = {"service": Phrase(key=f"service.{service}")}
    where = [] if here.scope is Scope.PERSONAL else [_where(is_here=alone == here.id)]
    return notice(turn, "waiting.noted" if incident else "waiting.noted_for_a_day", named, *where, beside=beside)


def _where(*, is_here: bool) -> Phrase:
    return Phrase(key="waiting.here" if is_here else "waiting.alone")
