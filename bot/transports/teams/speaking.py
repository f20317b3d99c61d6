"""From our rendered answer to an activity, and from a stored destination to the place where it goes.  Pure."""

import msgspec
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    Attachment,
    ChannelAccount,
    ConversationAccount,
    InputHints,
    Mention,
    TextFormatTypes,
)

from bot.domain.conversation import Destination
from bot.transports.outgoing import Called, Outgoing
from bot.transports.teams.wire import Outward, WholeCard

TEAMS = "msteams"
CARD = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"
_SHOWS_CARDS = frozenset({TEAMS, "webchat", "directline", "emulator", "test"})


def activity_of(outgoing: Outgoing, channel: str = TEAMS) -> Activity:
    """The message to send: the card with its toast, or the text alone where cards are not shown.

    Never both: Teams would show the text above the card and say everything twice.  Only a mention stands there, since
    no card notifies anybody; a text that stands for a card mentions nobody, for it is plain.
    """
    if outgoing.card is None or channel not in _SHOWS_CARDS:
        return Outward(
            type=ActivityTypes.message, text=outgoing.text, text_format=TextFormatTypes.plain, summary=outgoing.summary
        )
    card = Attachment(content_type=CARD, content=_whole(outgoing))
    said = Outward(type=ActivityTypes.message, summary=outgoing.summary, attachments=[card])
    if outgoing.calls is not None:
        mention = _mention(outgoing.calls)
        said.text, said.entities = mention.text, [mention]
    return said


def addressed(answer: Activity, to: Activity) -> Activity:
    """The answer on its way back to where `to` came from, as its reply."""
    answer.channel_id, answer.service_url, answer.conversation = to.channel_id, to.service_url, to.conversation
    answer.from_property, answer.recipient, answer.locale = to.recipient, to.from_property, to.locale
    answer.input_hint = InputHints.accepting_input
    if to.type != ActivityTypes.conversation_update:  # such an activity is nothing that could be replied to
        answer.reply_to_id = to.id
    return answer


def invoke_answer(outgoing: Outgoing) -> dict[str, object]:
    """What a pressed button gets back: the card takes the old one's place, a text is shown beside it."""
    if outgoing.card is None:
        return {"statusCode": 200, "type": MESSAGE, "value": outgoing.text}
    return {"statusCode": 200, "type": CARD, "value": _whole(outgoing)}


def unprompted(outgoing: Outgoing, destination: Destination) -> Activity:
    """The message to say where nobody asked."""
    said = activity_of(outgoing)
    said.channel_id, said.service_url = TEAMS, destination.service_url
    said.conversation = ConversationAccount(id=place_of(destination), tenant_id=destination.tenant)
    said.from_property = ChannelAccount(id=destination.bot_id)
    said.input_hint = InputHints.accepting_input
    return said


def place_of(destination: Destination) -> str:
    """The conversation, and the thread in it."""
    return f"{destination.id};messageid={destination.thread}" if destination.thread else destination.id


def _mention(called: Called) -> Mention:
    """Its text must be found in the message, and names the person there; a plain mapping would lose its parts."""
    named = ChannelAccount(id=called.id, name=called.word)
    return Mention(type="mention", mentioned=named, text=f"<at>{called.word}</at>")


def _whole(outgoing: Outgoing) -> WholeCard | msgspec.Raw:
    return msgspec.Raw(outgoing.card) if isinstance(outgoing.card, bytes) else WholeCard(outgoing.card or {})
