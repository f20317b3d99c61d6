"""Who owns a team: asked of Graph only when a command is one that owners may give.

    team id -> GET /v3/teams/{id} of the connector -> its directory group -> GET /v1.0/teams/{group}/members of Graph

Needs TeamMember.Read.Group, granted with the app in that team, or TeamMember.Read.All.  Without it nobody can tell, and
nobody is taken for an owner.
"""

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import aiohttp
import structlog
from yarl import URL

from bot.clock import Clock
from bot.domain.conversation import Destination, Person
from bot.transports.teams.hosts import is_https_or_loopback, may_see_token
from bot.transports.teams.registration import Registration, own_token
from bot.transports.teams.session import read_answer
from bot.transports.teams.tokens import OwnToken, TokenError

HOLDS = timedelta(minutes=10)
ASK_AGAIN_AFTER = timedelta(minutes=1)  # when nobody could tell
WITHIN_S = 3.0  # all calls together: a person waits
MOST_TEAMS = 1_000
A_PAGE = 999  # the most that Graph gives at once
MOST_PAGES = 30  # of the largest team
GRANT = "give the app TeamMember.Read.Group (`notjustyou package --team-owners`) or TeamMember.Read.All"
_GROUP = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

log = structlog.get_logger(__name__)


class _CantTellError(Exception):
    """Nobody answered as documented; the text says who, and holds no token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    owners: frozenset[str] | None  # directory ids; None: it could not be told
    until: datetime


class TeamOwners:
    """Owners of the teams of one registration's tenant."""

    def __init__(
        self, registration: Registration, graph_url: str, *, session: aiohttp.ClientSession, clock: Clock
    ) -> None:
        """`graph_url`: Graph of that cloud."""
        self._hosts = registration.service_hosts
        self._graph_url = graph_url.rstrip("/")
        self._session = session
        self._clock = clock
        self._bot = own_token(registration, session, clock)
        self._graph = own_token(registration, session, clock, audience=self._graph_url)
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._one_asking = asyncio.Lock()
        self._told = False

    async def owns(self, person: Person, destination: Destination) -> bool | None:
        """Whether this person owns the team that this conversation belongs to; None when nobody can tell."""
        if destination.team is None or person.directory_id is None:
            return False
        async with self._one_asking:
            known = self._known.get(destination.team)
            if known is None or known.until <= self._clock.now():
                known = await self._ask(destination.service_url, destination.team)
        return None if known.owners is None else person.directory_id in known.owners

    async def _ask(self, service_url: str, team: str) -> _Known:
        owners: frozenset[str] | None = None
        try:
            async with asyncio.timeout(WITHIN_S):
                owners = await self._owners(service_url, team)
            self._told = False
        except (_CantTellError, TokenError, aiohttp.ClientError, TimeoutError) as error:
            if not self._told:
                self._told = True
                log.warning("owners of a team can't be told", reason=str(error) or type(error).__name__, do=GRANT)
        lasts = HOLDS if owners is not None else ASK_AGAIN_AFTER
        known = self._known[team] = _Known(owners=owners, until=self._clock.now() + lasts)
        self._known.move_to_end(team)
        while len(self._known) > MOST_TEAMS:
            self._known.popitem(last=False)
        return known

    async def _owners(self, service_url: str, team: str) -> frozenset[str]:
        if self._bot is None or self._graph is None:
            raise _CantTellError("no app id is set")
        if not may_see_token(service_url, self._hosts) or not is_https_or_loopback(self._graph_url):
            raise _CantTellError("a host that may not see our token")
        place = URL(f"{service_url.rstrip('/')}/v3/teams/{quote(team, safe='')}", encoded=True)
        group = (await self._read(place, self._bot)).get("aadGroupId")
        if not isinstance(group, str) or not _GROUP.fullmatch(group):
            raise _CantTellError("the connector names no group for the team")
        page: URL | None = URL(f"{self._graph_url}/v1.0/teams/{group}/members").with_query({"$top": str(A_PAGE)})
        home, owners = URL(self._graph_url).origin(), set[str]()
        for _ in range(MOST_PAGES):
            if page is None:
                return frozenset(owners)
            if page.origin() != home:
                raise _CantTellError("Graph's next page lies on another host")
            said = await self._read(page, self._graph)
            owners |= _owners_on(said)
            page = _next(said)
        raise _CantTellError("more members than a team can have")

    async def _read(self, place: URL, token: OwnToken) -> Any:  # noqa: ANN401 - a JSON object of somebody else's
        """What stands there; a refused token is replaced once, since it may have been revoked early."""
        status = 0
        for _ in range(2):
            value = await token.current()
            headers = {"Authorization": f"Bearer {value}", "Accept": "application/json"}
            async with self._session.get(place, headers=headers, allow_redirects=False) as response:
                answer = await read_answer(response)
            status = answer.status
            if status == HTTPStatus.OK:
                return answer.as_object()
            if status != HTTPStatus.UNAUTHORIZED:
                break
            token.reject(value)
        raise _CantTellError(f"{place.host} answered {status}")


def _owners_on(page: Any) -> set[str]:  # noqa: ANN401 - see `_read`
    members = page.get("value")
    if not isinstance(members, list):
        raise _CantTellError("Graph's list of members is none")
    return {
        str(member["userId"]).lower()
        for member in members
        if isinstance(member, dict) and "owner" in (member.get("roles") or ()) and member.get("userId")
    }


def _next(page: Any) -> URL | None:  # noqa: ANN401 - see `_read`
    link = page.get("@odata.nextLink")
    if link is None:
        return None
    try:
        found = URL(str(link), encoded=True)
        found.origin()
    except ValueError:
        raise _CantTellError("Graph's next page has no address") from None
    return found
