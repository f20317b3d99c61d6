"""The SDK's adapter, thin: one turn in, activities out over the pooled session.

The stock adapter builds two REST clients and asks for a token in every turn; this one is about twenty times faster with
tokens checked.  It holds the SDK's contract (TurnContext, middleware, handlers) and decides nothing.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from botbuilder.core import BotAdapter, InvokeResponse, TurnContext
from botbuilder.schema import Activity, ActivityTypes, ConversationReference, ResourceResponse

from bot.clock import Clock
from bot.transports.outgoing import Failed, FailedReason, Outcome, Sent, Throttled
from bot.transports.teams.outbound import Call, Outbound
from bot.transports.teams.wire import to_bytes

MOST_ATTEMPTS = 4  # of one answer
LONGEST_WAIT = timedelta(seconds=30)  # of all its waits together; later nobody reads it any more
RETRY_LOST_AFTER = timedelta(seconds=1)

Bot = Callable[[TurnContext], Awaitable[None]]


class NotSentError(Exception):
    """An activity did not get through.  The SDK's calls return ids only, so the outcome travels as this."""

    def __init__(self, outcome: Outcome) -> None:
        """`outcome`: never Sent."""
        super().__init__(str(outcome))
        self.outcome = outcome


class ThinAdapter(BotAdapter):
    """Runs turns and carries what they send."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        """Errors of a turn are raised to whoever runs it."""
        super().__init__()
        self._outbound = outbound
        self._clock = clock

    async def process(self, activity: Activity, bot: Bot) -> InvokeResponse | None:
        """One turn.  Returns what an invoke is answered with."""
        activity.delivery_mode = None  # "expectReplies" would keep our answers in the SDK's buffer, unsent
        context = TurnContext(self, activity)
        await self.run_pipeline(context, bot)
        reply = context.turn_state.get(self._INVOKE_RESPONSE_KEY)  # the other non-public name
        return reply.value if isinstance(reply, Activity) else None

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> list[ResourceResponse]:
        """Send in order; raises NotSentError at the first that does not get through."""
        return [await self._send(context, activity) for activity in activities]

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        """Replace the activity of that id."""
        call = _call("PUT", activity, activity.id)
        return ResourceResponse(id=(await self._get_through(call)).id or activity.id)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Take back the activity that the reference names."""
        await self._get_through(
            Call(
                method="DELETE",
                service_url=reference.service_url,
                conversation=reference.conversation.id,
                activity=reference.activity_id,
                tenant=reference.conversation.tenant_id,
                first=True,
            )
        )

    async def _send(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        if activity.type == ActivityTypes.invoke_response:
            context.turn_state[self._INVOKE_RESPONSE_KEY] = activity
            return ResourceResponse()
        if activity.type == ActivityTypes.trace:
            return ResourceResponse()
        call = _call("POST", activity, activity.reply_to_id)
        return ResourceResponse(id=(await self._get_through(call)).id)

    async def _get_through(self, call: Call) -> Sent:
        """An answer insists for a moment, because a person waits for it."""
        give_up_at = self._clock.now() + LONGEST_WAIT
        attempt = 1
        while not isinstance(outcome := await self._outbound.attempt(call, attempt), Sent):
            wait = self._wait(outcome)
            if wait is None or attempt == MOST_ATTEMPTS or self._clock.now() + wait > give_up_at:
                raise NotSentError(outcome)
            await self._clock.sleep(wait)
            attempt += 0 if isinstance(outcome, Throttled) and outcome.own else 1
        return outcome

    def _wait(self, outcome: Outcome) -> timedelta | None:
        """How long until it is worth another try; None when it never is."""
        if isinstance(outcome, Throttled):
            return max(outcome.until - self._clock.now(), timedelta(0))
        lost = isinstance(outcome, Failed) and outcome.reason in (FailedReason.UNREACHABLE, FailedReason.ANSWER_LOST)
        return RETRY_LOST_AFTER if lost else None  # an answer twice is better than none


def _call(method: str, activity: Activity, addressed: str | None) -> Call:
    return Call(
        method=method,
        service_url=activity.service_url,
        conversation=activity.conversation.id,
        activity=addressed,
        body=to_bytes(activity),
        tenant=activity.conversation.tenant_id,
        first=True,
    )
