"""Commands that need a role: may they, run, and what it changed, in the audit.

A command says what it changed where it changes it, in one transaction, so that neither is there without the other:

    async with audited(turn) as change:
        change.before = "on"
        await subscriptions.save(change.db, ...)
        change.after = "off"

One that says nothing is noted with its argument.  A button that needs a role goes through `guarded` too, with `what`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import structlog

from bot.commands.desk import Turn
from bot.commands.roles import permit, refusal
from bot.domain.conversation import Reply, Role
from bot.store import audit
from bot.store.engine import StoreError

log = structlog.get_logger(__name__)

LONGEST = 500  # characters of what was there before and after

Run = Callable[[Turn], Awaitable[Reply]]


@dataclass(slots=True, kw_only=True)
class Change:
    """What a command changes: filled in on the way."""

    db: audit.Db  # the transaction that both are in
    before: str | None = None
    after: str | None = None


@asynccontextmanager
async def audited(turn: Turn, *, what: str | None = None, by: str | None = None) -> AsyncIterator[Change]:
    """One transaction that holds a change and the note of it.  Raises StoreError; then neither is kept.

    `by`: who acts where no role is needed for it.
    """
    async with turn.desk.store.transaction() as db:
        change = Change(db=db)
        yield change
        deed = _deed(turn, what or turn.intent.command, before=change.before, after=change.after)
        await audit.add(db, replace(deed, role=turn.acts_as or by or deed.role))
    turn.ledger.written = True
    turn.desk.news.planned()


async def guarded(turn: Turn, wanted: frozenset[Role], run: Run, *, what: str | None = None) -> Reply:
    """Run it if this person has one of these roles here; refused, failed or done, it stands in the audit."""
    named = what or turn.intent.command
    given = await permit(turn, wanted)
    if given.role is None:
        await _note(turn, f"refused: {named}")  # without the argument: that is a stranger's text
        return refusal(turn, wanted, unsure=given.unsure)
    acting = replace(turn, acts_as=given.role)
    try:
        reply = await run(acting)
    except StoreError:
        await _note(acting, f"failed: {named}")
        raise
    if not acting.ledger.written:
        await _note(acting, named, after=turn.intent.argument or None)
    return reply


async def _note(turn: Turn, what: str, *, after: str | None = None) -> None:
    try:
        async with turn.desk.store.transaction() as db:
            await audit.add(db, _deed(turn, what, before=None, after=after))
    except StoreError as error:
        log.warning("audit not stored", what=what, error=str(error))


def _deed(turn: Turn, what: str, *, before: str | None, after: str | None) -> audit.Deed:
    person = turn.message.person
    return audit.Deed(
        tenant=person.tenant,
        at=turn.now,
        who=person.lasting_id,
        role=turn.acts_as or audit.REFUSED,
        what=what,
        before=before[:LONGEST] if before else before,
        after=after[:LONGEST] if after else after,
    )
