"""What one tenant is owed now, a few at a time and in order.

A look puts all that is owed in order, and where that is a hundred thousand rows it takes as long as many sends.  So the
order of a long list is kept for a while, and only what each row needs is read just before it is said.  News end it.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from bot.domain.delivery import DeliveryId
from bot.domain.observation import TenantId
from bot.store import due
from bot.store.deliveries import Work
from bot.store.due import Stamp
from bot.store.engine import Db

AT_ONCE = 96  # rows read together: two seconds of one tenant's rate, so that what is more urgent soon passes
AHEAD = 1000  # rows whose order is kept
KEPT_FOR = timedelta(seconds=20)  # what became due since then, such as a second try, waits so long at most


class Backlog:
    """The list of one tenant."""

    def __init__(self, tenant: TenantId | None) -> None:
        """Nothing is known of it yet."""
        self._tenant = tenant
        self._ahead: deque[DeliveryId] = deque()
        self._is_long = False
        self._until: datetime | None = None
        self._heard: tuple[int, Stamp] | None = None

    @property
    def goes_on(self) -> bool:
        """Whether more is known to follow what was given last."""
        return bool(self._ahead)

    async def next(self, db: Db, now: datetime, *, news: int, beside: int) -> Sequence[Work]:
        """The next few; none: nothing is due.

        `news`: differs when somebody in this process knows of some; `beside`: how many of them are under way.
        """
        if not self._is_long:
            found = await due.due(db, self._tenant, now, AT_ONCE + beside)
            self._is_long = len(found) >= AT_ONCE + beside
            return found
        heard = (news, await due.stamp(db, self._tenant))
        if not self._ahead or heard != self._heard or self._until is None or now >= self._until:
            self._ahead = deque(await due.first(db, self._tenant, now, AHEAD + beside))
            self._is_long = len(self._ahead) > AT_ONCE + beside
            self._heard, self._until = heard, now + KEPT_FOR
        several = list(islice(self._ahead, AT_ONCE + beside))
        for _ in several:
            self._ahead.popleft()
        return await due.works(db, several, now)
