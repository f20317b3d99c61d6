"""What we do in a turn: hand the message, the press or the event over, and send what comes back.

Decides nothing about services; who may read an answer is all it looks at.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.core.teams import TeamsActivityHandler

from bot.domain.conversation import ConversationEvent, Destination, Message, Press, Scope
from bot.transports.outgoing import Outcome, Outgoing
from bot.transports.teams import reading
from bot.transports.teams.speaking import activity_of, addressed, invoke_answer
from bot.transports.teams.turns import or_else

CARD_ACTION = "adaptiveCard/action"


class Notice(StrEnum):
    """What the transport itself may have to say; keys of content/languages."""

    CARD_IS_OLD = "teams.card_is_old"
    BROKEN = "teams.broken"
    ASK_IN_PERSON = "teams.ask_in_person"
    NOT_SERVED = "teams.not_served"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The rest of the product, as the transport sees it."""

    reply_to: Callable[[Message], Awaitable[Outgoing | None]]  # None: not meant for us, say nothing
    pressed: Callable[[Press], Awaitable[Outgoing]]
    heard: Callable[[ConversationEvent], Awaitable[Outgoing | None]]  # a welcome, or nothing
    sent: Callable[[str, str, Destination], Awaitable[None]]  # row, the platform's id of its card, where
    notice: Callable[[Notice, str | None], str]  # in the reader's language, when it is known
    received: Callable[[str], None] = lambda _app: None  # something believed arrived for this app; must not wait
    tried: Callable[[str, Outcome], None] = lambda _app, _outcome: None  # likewise: what became of a call of this app


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long each kind of turn may take, in real time."""

    answer_in_request: timedelta = timedelta(seconds=1)  # then the request is answered and the turn goes on
    answer: timedelta = timedelta(seconds=9)
    press: timedelta = timedelta(seconds=3.5)  # within the four of our promise; Teams gives up at five to ten


class Conversing(TeamsActivityHandler):
    """Our bot, as the SDK calls it."""

    def __init__(self, doors: Doors, patience: Patience) -> None:
        """`doors` may fail or hang: the person then hears that something is broken here."""
        self._doors = doors
        self._patience = patience

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """A person wrote, or pressed a button in a client that knows no Action.Execute."""
        activity = turn_context.activity
        if isinstance(activity.value, dict) and not (activity.text or "").strip():
            await self._pressed_in_message(turn_context)
            return
        message = reading.message(activity)
        broken = self._say(Notice.BROKEN, message.language)
        outgoing = await or_else(self._doors.reply_to(message), broken, within=self._patience.answer)
        await self._send(turn_context, outgoing, message.destination)

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        """A button of a card; whatever it holds, the presser gets an answer that harms nothing."""
        activity = turn_context.activity
        if activity.name != CARD_ACTION:
            return InvokeResponse(status=HTTPStatus.NOT_IMPLEMENTED)
        outgoing = await self._press(activity, reading.press(activity))
        if outgoing.row and activity.reply_to_id and reading.destination(activity).scope is Scope.PERSONAL:
            await or_else(self._doors.sent(outgoing.row, activity.reply_to_id, reading.destination(activity)), None)
        return InvokeResponse(status=HTTPStatus.OK, body=invoke_answer(outgoing))

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """People and bots come and go, names change.  The SDK's own version calls the service for each member."""
        await self._heard(turn_context)

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        """The app was installed or removed."""
        await self._heard(turn_context)

    async def _heard(self, context: TurnContext) -> None:
        event = reading.event(context.activity)
        if event is not None:
            outgoing = await or_else(self._doors.heard(event), None, within=self._patience.answer)
            await self._send(context, outgoing, event.destination)

    async def _press(self, activity: Any, press: Press | None) -> Outgoing:  # noqa: ANN401 - the SDK is untyped
        if press is None:
            return self._say(Notice.CARD_IS_OLD, reading.message(activity).language)
        broken = self._say(Notice.BROKEN, press.message.language)
        return await or_else(self._doors.pressed(press), broken, within=self._patience.press)

    async def _pressed_in_message(self, context: TurnContext) -> None:
        """There is no private answer here: what only the presser may read is not said where others read it."""
        outgoing = await self._press(context.activity, reading.press(context.activity))
        where = reading.destination(context.activity)
        if where.scope is not Scope.PERSONAL and not outgoing.shared:
            outgoing = self._say(Notice.ASK_IN_PERSON, reading.message(context.activity).language)
        await self._send(context, outgoing, where)

    async def _send(self, context: TurnContext, outgoing: Outgoing | None, where: Destination) -> None:
        """Past the context's own sending, which copies who and where anew for every answer."""
        if outgoing is None:
            return
        answer = addressed(activity_of(outgoing, context.activity.channel_id), context.activity)
        (response,) = await context.adapter.send_activities(context, [answer])
        if outgoing.row and response.id:
            await self._doors.sent(outgoing.row, response.id, where)

    def _say(self, notice: Notice, language: str | None) -> Outgoing:
        text = self._doors.notice(notice, language)
        return Outgoing(card=None, text=text, summary=text)
