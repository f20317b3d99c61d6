"""Short words to the person who wrote or pressed."""

from collections.abc import Mapping

from bot.commands.desk import Turn
from bot.domain.conversation import Face, Phrase, Reply, Scope

SHARED = frozenset({Scope.GROUP, Scope.CHANNEL})


def notice(
    turn: Turn, key: str, values: Mapping[str, object] | None = None, *more: Phrase, beside: bool = False
) -> Reply:
    """One line, and perhaps more.  `beside`: the card that was pressed stays."""
    return Reply(
        face=Face.NOTICE,
        notes=(Phrase(key=key, values=values or {}), *more),
        personal=beside or turn.message.destination.scope not in SHARED,
        beside=beside,
        drill=turn.desk.drill is not None,
        at=turn.now,
        language=turn.language,
        zone=turn.zone,
    )
