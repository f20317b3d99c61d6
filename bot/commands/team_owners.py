"""The way to ask who owns a team; app fills it in once there is an entrance that can tell."""

from collections.abc import Awaitable, Callable

from bot.domain.conversation import Destination, Person

OwnsTeam = Callable[[Person, Destination], Awaitable[bool | None]]  # None: nobody can tell


class Owners:
    """Asked only when a command is one that owners of a team may give."""

    def __init__(self, ask: OwnsTeam | None = None) -> None:
        """`ask`: None until Teams is there."""
        self.ask = ask

    async def owns(self, person: Person, destination: Destination) -> bool | None:
        """Whether this person owns the team that this conversation belongs to; None when nobody can tell."""
        return None if self.ask is None else await self.ask(person, destination)
