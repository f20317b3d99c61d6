"""The way to have deliveries made at once; app fills it in where there is an engine."""

from collections.abc import Awaitable, Callable

from bot.domain.observation import TenantId


class News:
    """Told after a transaction that owes somebody a word.  Without an engine the next sweep finds it."""

    def __init__(self) -> None:
        """Until app fills it in, nobody is told."""
        self.changed: Callable[[TenantId | None], Awaitable[None]] | None = None
        self.planned: Callable[[], None] = lambda: None  # something that is planned may have been saved

    async def tell(self, tenant: TenantId | None) -> None:
        """There is something to deliver to this tenant."""
        if self.changed is not None:
            await self.changed(tenant)
