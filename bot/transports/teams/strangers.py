"""People of a directory that this registration does not serve: told so once a day, and nothing is kept of them.

Whoever uploads the app package elsewhere, or is a guest from there, would else talk to a wall.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256

from botbuilder.schema import Activity

TOLD_EVERY = timedelta(days=1)
MOST_TOLD = 10_000


class Strangers:
    """Who is one, and who was told so lately: in memory only, by hash."""

    def __init__(self, tenant: str) -> None:
        """`tenant`: the only directory that is served; empty: every one is."""
        self._tenant = tenant.lower()
        self._told: OrderedDict[bytes, datetime] = OrderedDict()

    def sent(self, activity: Activity) -> bool:
        """Whether it comes from another directory.  One that names none is nobody's."""
        tenant = activity.conversation.tenant_id
        return bool(self._tenant and tenant) and str(tenant).lower() != self._tenant

    def may_tell(self, activity: Activity, now: datetime) -> bool:
        """Whether its sender was not told for a day; remembers that now they are."""
        sender = (activity.from_property and activity.from_property.id) or ""
        who = sha256(f"{activity.conversation.tenant_id}\0{sender}".encode(errors="replace")).digest()
        while self._told and (len(self._told) >= MOST_TOLD or next(iter(self._told.values())) <= now - TOLD_EVERY):
            self._told.popitem(last=False)
        if who in self._told:
            return False
        self._told[who] = now
        return True
