"""`check teams`: from the ids to the last answer, for one registration."""

from bot.terminal.set_up.contact import contact_steps
from bot.terminal.set_up.ids import ids_step, type_step
from bot.terminal.set_up.reach import reach_step
from bot.terminal.set_up.step import Step, Tools
from bot.terminal.set_up.tokens import token_steps
from bot.transports.teams.registration import Registration


async def teams_steps(registered: Registration, tools: Tools) -> tuple[Step, ...]:
    """Every step in order.  Nothing is asked of anybody while the ids can't be right."""
    first = ids_step(registered)
    if not first.ok:
        return (first,)
    kind = type_step(registered)
    tokens = await token_steps(registered, tools) if kind.ok else ()
    contact = await contact_steps(registered.app_id or "", tools)
    return (first, kind, *tokens, await reach_step(tools), *contact)
