"""Teams: POST /api/messages in, answers, edits and unprompted messages out.

    request -> gate -> wire -> identity -> turns -> adapter -> conversing -> doors
    doors' answer -> adapter -> outbound (hosts, limits, tokens) -> the connector

Every bad request ends in a plain 4xx with its reason; only genuine ones reach the doors.
"""

import random
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

import aiohttp
import msgspec
import structlog
from aiohttp import web
from botbuilder.core import TurnContext
from botbuilder.schema import Activity

from bot.clock import Clock
from bot.domain.conversation import Destination
from bot.metrics import DUPLICATES, REFUSED
from bot.transports.outgoing import Outcome, Outgoing, Sent
from bot.transports.teams import reading
from bot.transports.teams.adapter import Bot, NotSentError, ThinAdapter
from bot.transports.teams.conversing import Conversing, Doors, Notice, Patience
from bot.transports.teams.gate import LARGEST_BODY_BYTES, TooLargeError, outsider, read_body
from bot.transports.teams.hosts import is_loopback_url
from bot.transports.teams.identity import Refusal, TokenCheck
from bot.transports.teams.keys import SigningKeys
from bot.transports.teams.limits import Limits
from bot.transports.teams.outbound import Call, Line, Outbound
from bot.transports.teams.registration import Registration, own_token
from bot.transports.teams.speaking import activity_of, addressed, invoke_answer, place_of, unprompted
from bot.transports.teams.strangers import Strangers
from bot.transports.teams.turns import Seen, Turns
from bot.transports.teams.wire import WireError, read_activity, to_bytes

PATH = "/api/messages"
COMPLAIN_EVERY = timedelta(minutes=1)
KNOWN = frozenset({"message", "invoke", "conversationUpdate", "installationUpdate"})
ANSWERED = frozenset({"message", "invoke"})  # of what strangers send
_BOT_ID = "28:"  # how Teams begins the ids of bots: two of them must not talk to each other for ever

log = structlog.get_logger()


class TeamsTransport:
    """The product's entrance and exit in Teams.  `run` must be going while requests are served."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        registration: Registration,
        doors: Doors,
        *,
        session: aiohttp.ClientSession,
        clock: Clock,
        patience: Patience | None = None,
        keys: SigningKeys | None = None,
    ) -> None:
        """`session` from `open_session`; it stays the caller's to close.  `keys`: shared with other registrations."""
        self._clock = clock
        self._patience = patience or Patience()
        self.limits = Limits(registration.allowance)
        self.keys = keys or SigningKeys(session, clock, registration.metadata_url)
        self.token = own_token(registration, session, clock)
        check = partial(TokenCheck, keys=self.keys, clock=clock, issuer=registration.bot_service)
        self._check = check(registration.app_id) if registration.app_id else None
        line = Line(session=session, limits=self.limits, clock=clock, chance=random.random)
        app = registration.app_id or ""
        self._received = partial(doors.received, app)
        self._outbound = Outbound(line, self.token, registration.service_hosts, tried=partial(doors.tried, app))
        self._adapter = ThinAdapter(self._outbound, clock)
        self._bot = Conversing(doors, self._patience)
        self._notice = doors.notice
        self._strangers = Strangers(registration.tenant if registration.app_id else "")
        self._turns = Turns()
        self._seen = Seen()
        self._complained: dict[Refusal, datetime] = {}

    def routes(self) -> list[web.RouteDef]:
        """What the web server must offer."""
        return [web.post(PATH, self.handle)]

    async def run(self) -> None:
        """Own the turns that outlast their request, until `stop`; then finish them."""
        await self._turns.run()

    def stop(self) -> None:
        """Take no more; `run` returns when the open answers are out."""
        self._turns.stop()

    def ready_at(self, destination: Destination, now: datetime) -> datetime:
        """The earliest moment at which a delivery may go there."""
        return self.limits.ready_at(destination.id, now, tenant=destination.tenant)

    def tenant_ready_at(self, destination: Destination, now: datetime) -> datetime:
        """The earliest moment at which any delivery may go to that tenant."""
        return self.limits.tenant_ready_at(destination.tenant, now)

    async def send(self, destination: Destination, outgoing: Outgoing) -> Outcome:
        """Say something unprompted: one attempt."""
        body = to_bytes(unprompted(outgoing, destination))
        return await self._outbound.attempt(_call("POST", destination, body=body))

    async def update(self, destination: Destination, activity_id: str, outgoing: Outgoing) -> Outcome:
        """Put `outgoing` in the place of what was sent: one attempt, harmless to repeat."""
        changed = unprompted(outgoing, destination)
        changed.id = activity_id
        outcome = await self._outbound.attempt(_call("PUT", destination, activity_id, body=to_bytes(changed)))
        return Sent(id=activity_id) if isinstance(outcome, Sent) and not outcome.id else outcome

    async def delete(self, destination: Destination, activity_id: str) -> Outcome:
        """Take back what was sent: one attempt."""
        return await self._outbound.attempt(_call("DELETE", destination, activity_id))

    async def handle(self, request: web.Request) -> web.Response:
        """One request of the bot service, from door to answer."""
        stranger = outsider(request) if self._check is None else None
        if stranger is not None:
            return _turned_away(
                HTTPStatus.FORBIDDEN, "NotFromHere", f"{stranger}; set an app id to accept real requests"
            )
        if self._check is not None and "Authorization" not in request.headers:
            return self._not_believed(Refusal.NO_TOKEN)
        try:
            activity = read_activity(await read_body(request))
        except TooLargeError:
            said = f"a message may hold {LARGEST_BODY_BYTES // 1024} KB; please send less text"
            return _turned_away(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "MessageSizeTooBig", said)
        except TimeoutError:
            return _turned_away(HTTPStatus.REQUEST_TIMEOUT, "Timeout", "the body did not arrive in time")
        except WireError as error:
            return _turned_away(HTTPStatus.BAD_REQUEST, "BadSyntax", str(error))
        refusal = await self._refuse(request, activity)
        return self._not_believed(refusal) if refusal is not None else await self._turn(activity)

    async def _refuse(self, request: web.Request, activity: Activity) -> Refusal | None:
        if self._check is None:
            return None if is_loopback_url(activity.service_url) else Refusal.HOST_NOT_ALLOWED
        refusal = await self._check.refuse(
            request.headers.get("Authorization"), service_url=activity.service_url, channel=activity.channel_id
        )
        if refusal is None and not self._outbound.may_call(activity.service_url):
            return Refusal.HOST_NOT_ALLOWED
        return refusal

    async def _turn(self, activity: Activity) -> web.Response:
        self._received()
        sender = (activity.from_property and activity.from_property.id) or ""
        if activity.type not in KNOWN or (activity.type == "message" and sender.startswith(_BOT_ID)):
            return web.Response()
        is_strange = self._strangers.sent(activity)
        if is_strange and (activity.type not in ANSWERED or not activity.from_property):
            return web.Response()
        if activity.type == "invoke":
            return _json(invoke_answer(self._not_served(activity))) if is_strange else await self._invoke(activity)
        if not self._seen.is_new(activity.conversation.id, activity.id or "", self._clock.now()):
            DUPLICATES.inc()
            return web.Response()
        if is_strange and not self._strangers.may_tell(activity, self._clock.now()):
            return web.Response()
        work = self._turn_away(activity) if is_strange else self._answer(activity)
        begun = await self._turns.begin(work, wait=self._patience.answer_in_request)
        return (
            web.Response() if begun else _turned_away(HTTPStatus.SERVICE_UNAVAILABLE, "Busy", "try again in a moment")
        )

    async def _turn_away(self, activity: Activity) -> None:
        """Tell a stranger where they are.  Nothing of it reaches the doors."""
        said = addressed(activity_of(self._not_served(activity), activity.channel_id), activity)

        async def say(context: TurnContext) -> None:
            await self._adapter.send_activities(context, [said])

        await self._answer(activity, say)

    def _not_served(self, activity: Activity) -> Outgoing:
        text = self._notice(Notice.NOT_SERVED, reading.message(activity).language)
        return Outgoing(card=None, text=text, summary=text)

    async def _answer(self, activity: Activity, bot: Bot | None = None) -> None:
        try:
            await self._adapter.process(activity, bot or self._bot.on_turn)
        except NotSentError as error:
            log.warning("answer not sent", outcome=str(error.outcome), activity_type=activity.type)

    async def _invoke(self, activity: Activity) -> web.Response:
        answer = await self._adapter.process(activity, self._bot.on_turn)
        if answer is None or answer.body is None:
            return web.Response(status=answer.status if answer else HTTPStatus.NOT_IMPLEMENTED)
        return _json(answer.body, answer.status)

    def _not_believed(self, refusal: Refusal) -> web.Response:
        """Told to the caller always, to the operator once a minute for each reason: anybody can knock."""
        now = self._clock.now()
        REFUSED.labels(reason=refusal.value).inc()
        if now - self._complained.get(refusal, now - COMPLAIN_EVERY) >= COMPLAIN_EVERY:
            self._complained[refusal] = now
            log.warning("request not believed", reason=refusal.value)
        return _refused(refusal.status, "NotBelieved", refusal.value)


def _call(method: str, destination: Destination, activity: str | None = None, *, body: bytes | None = None) -> Call:
    """One unprompted call.  The SDK's turn around it would cost as much as all the rest of a delivery."""
    return Call(
        method=method,
        service_url=destination.service_url,
        conversation=place_of(destination),
        activity=activity,
        body=body,
        tenant=destination.tenant,
    )


def _json(body: object, status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(body), content_type="application/json")


def _turned_away(status: HTTPStatus, code: str, message: str) -> web.Response:
    REFUSED.labels(reason=code).inc()
    return _refused(status, code, message)


def _refused(status: HTTPStatus, code: str, message: str) -> web.Response:
    """In the envelope that the bot service itself uses."""
    return _json({"error": {"code": code, "message": message}}, status)
