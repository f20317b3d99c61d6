"""Several registrations behind one address: whose request this is, and through which one we speak.

    request -> whom it names as its audience -> that registration's transport, which verifies everything

The audience is read unverified: it only chooses who looks at the token, and each looks for its own id in it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import jwt
from aiohttp import web

from bot.domain.conversation import Destination
from bot.transports.outgoing import Failed, FailedReason, Outcome, Outgoing
from bot.transports.teams.identity import LONGEST_TOKEN
from bot.transports.teams.registration import Registration
from bot.transports.teams.transport import PATH, TeamsTransport

_BOT_ID = "28:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """One registration with its transport."""

    registration: Registration
    transport: TeamsTransport

    @property
    def serves_all(self) -> bool:
        """Whether it asks for no tenant: local clients, or a managed identity that knows none."""
        return self.registration.app_id is None or not self.registration.tenant


class Front:
    """Teams, for all registrations.  `run` must be going while requests are served."""

    def __init__(self, entrances: Sequence[Entrance]) -> None:
        """`entrances`: one at least.  With one, nothing is chosen."""
        self._entrances = tuple(entrances)
        self._by_app = {one.registration.app_id: one for one in self._entrances}
        self._by_tenant = {one.registration.tenant: one for one in self._entrances if one.registration.tenant}

    def routes(self) -> list[web.RouteDef]:
        """What the web server must offer."""
        return [web.post(PATH, self.handle)]

    async def run(self) -> None:
        """Own the turns that outlast their request, until `stop`; then finish them."""
        async with asyncio.TaskGroup() as group:
            for one in self._entrances:
                group.create_task(one.transport.run(), name=f"teams {one.registration.name}".strip())

    def stop(self) -> None:
        """Take no more; `run` returns when the open answers are out."""
        for one in self._entrances:
            one.transport.stop()

    async def handle(self, request: web.Request) -> web.Response:
        """One request of the bot service.  An audience that nobody here has is refused by the first, as a wrong one."""
        first = self._entrances[0]
        if len(self._entrances) == 1:
            return await first.transport.handle(request)
        named = _audience(request.headers.get("Authorization", ""))
        return await self._by_app.get(named, first).transport.handle(request)

    def ready_at(self, destination: Destination, now: datetime) -> datetime:
        """The earliest moment at which a delivery may go there."""
        one = self._for(destination)
        return one.transport.ready_at(destination, now) if one else now

    def tenant_ready_at(self, destination: Destination, now: datetime) -> datetime:
        """The earliest moment at which any delivery may go to that tenant."""
        one = self._for(destination)
        return one.transport.tenant_ready_at(destination, now) if one else now

    def deliveries_per_second(self, destination: Destination) -> int:
        """How many deliveries to that tenant may go out in a second."""
        one = self._for(destination)
        return one.transport.limits.deliveries_per_second if one else 1

    async def send(self, destination: Destination, outgoing: Outgoing) -> Outcome:
        """Say something unprompted: one attempt."""
        return await self._through(destination, lambda transport: transport.send(destination, outgoing))

    async def update(self, destination: Destination, activity_id: str, outgoing: Outgoing) -> Outcome:
        """Put `outgoing` in the place of what was sent: one attempt, harmless to repeat."""
        return await self._through(destination, lambda transport: transport.update(destination, activity_id, outgoing))

    async def delete(self, destination: Destination, activity_id: str) -> Outcome:
        """Take back what was sent: one attempt."""
        return await self._through(destination, lambda transport: transport.delete(destination, activity_id))

    async def _through(
        self, destination: Destination, speak: Callable[[TeamsTransport], Awaitable[Outcome]]
    ) -> Outcome:
        one = self._for(destination)
        if one is None:
            return Failed(reason=FailedReason.NOT_SERVED, said="no registration serves that tenant any more")
        return await speak(one.transport)

    def _for(self, destination: Destination) -> Entrance | None:
        """Who may speak there: the tenant's own; where none is known, the bot that was spoken to."""
        if destination.tenant is not None and destination.tenant.lower() in self._by_tenant:
            return self._by_tenant[destination.tenant.lower()]
        if destination.tenant is None:
            spoken_to = self._by_app.get(destination.bot_id.removeprefix(_BOT_ID).lower())
            return spoken_to or (self._entrances[0] if len(self._entrances) == 1 else None)
        return next((one for one in self._entrances if one.serves_all), None)


def _audience(authorization: str) -> str | None:
    """Whom the token names, unverified; None when it can't be read."""
    token = authorization.partition(" ")[2]
    if not token.isascii() or len(token) > LONGEST_TOKEN:
        return None
    try:
        said = jwt.decode(token, options={"verify_signature": False}).get("aud")
    except jwt.PyJWTError:
        return None
    return said if isinstance(said, str) else None
