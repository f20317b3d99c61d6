"""What we read and write on the wire is what the SDK means, without its two mistakes."""

import json
from datetime import UTC, datetime

import pytest
from botbuilder.core import BotAdapter, BotFrameworkAdapter, BotFrameworkAdapterSettings, TurnContext
from botbuilder.schema import Activity, ActivityTypes, ChannelAccount, ConversationAccount, Mention
from msrest.serialization import Model

from bot.transports.outgoing import Outgoing
from bot.transports.teams.cleaning import plain_text
from bot.transports.teams.reading import message
from bot.transports.teams.speaking import activity_of
from bot.transports.teams.wire import WholeCard, read_activity, to_wire
from tests.replicas.identity import TENANT
from tests.teams.activities import BOT, MENTION, activity, channel, mention
from tests.teams.room import ANSWER, CARD

SERVICE = "http://127.0.0.1:9/emea/"


def read(**parts):
    return read_activity(json.dumps(activity("message", SERVICE, **parts)).encode())


def test_the_two_names_of_the_sdk_that_are_not_public_are_still_there():
    assert Activity._attribute_map["from_property"] == {"key": "from", "type": "ChannelAccount"}
    assert Activity._attribute_map["entities"] == {"key": "entities", "type": "[Entity]"}
    assert BotAdapter._INVOKE_RESPONSE_KEY == TurnContext._INVOKE_RESPONSE_KEY


def test_the_sdk_still_spells_the_tenant_wrong():
    assert ConversationAccount._attribute_map["tenant_id"]["key"] == "tenantID", "then our own spelling can go"


def test_reading_gives_what_the_sdk_gives():
    said = activity("message", SERVICE, text="hi", entities=[mention()], **channel())
    ours, theirs = read_activity(json.dumps(said).encode()), Activity().deserialize(said)
    for name in Activity._attribute_map:
        mine, other = getattr(ours, name), getattr(theirs, name)
        if not isinstance(other, Model | list | datetime):
            assert mine == other, name
    assert ours.from_property.aad_object_id == theirs.from_property.aad_object_id
    assert ours.entities[0].additional_properties["mentioned"]["id"] == BOT
    assert (ours.conversation.id, ours.conversation.tenant_id) == (theirs.conversation.id, TENANT)


def test_the_tenant_is_read_from_either_place():
    assert read().conversation.tenant_id == TENANT
    bare = read(conversation={"id": "a:1"})
    assert bare.conversation.tenant_id == TENANT, "from channelData"
    assert message(bare).person.tenant == TENANT


def test_writing_keeps_mentions_whole_and_leaves_out_what_is_not_set():
    said = Activity(
        type=ActivityTypes.message,
        text="<at>Ann</at> look",
        timestamp=datetime(2026, 3, 2, 9, 40, tzinfo=UTC),
        entities=[Mention(type="mention", text="<at>Ann</at>", mentioned=ChannelAccount(id="29:ann", name="Ann"))],
        conversation=ConversationAccount(id="a:1", tenant_id="t-1"),
    )
    assert to_wire(said) == {
        "type": "message",
        "text": "<at>Ann</at> look",
        "timestamp": "2026-03-02T09:40:00+00:00",
        "entities": [{"type": "mention", "text": "<at>Ann</at>", "mentioned": {"id": "29:ann", "name": "Ann"}}],
        "conversation": {"id": "a:1", "tenantId": "t-1"},
    }


@pytest.mark.parametrize("outgoing", [ANSWER, Outgoing(card=None, text="plain words", summary="words")])
async def test_an_answer_looks_on_the_wire_as_the_stock_adapter_sends_it(room, outgoing):
    said = activity("message", room.teams.service_url, text=f"{MENTION} down?", entities=[mention()], **channel())
    room.product.answer = outgoing
    await room.post(said)

    async def answer(context: TurnContext) -> None:
        said = activity_of(outgoing)
        for attachment in said.attachments or ():
            attachment.content = dict(attachment.content)  # the SDK's writer takes exact dictionaries only
        await context.send_activity(said)

    stock = BotFrameworkAdapter(BotFrameworkAdapterSettings("", ""))
    await stock.process_activity(Activity().deserialize(said), "", answer)
    ours, theirs = room.teams.arrived
    assert (ours.method, ours.raw_path) == (theirs.method, theirs.raw_path)
    mine, other = dict(ours.body), dict(theirs.body)
    assert mine.pop("conversation").pop("tenantId") == other.pop("conversation").pop("tenantID")
    assert mine == other


async def test_a_card_is_never_copied_however_often_it_is_sent(room):
    whole = WholeCard(CARD)
    copied = activity_of(ANSWER)
    copied.attachments[0].content = whole
    seen = []

    async def look(context, activities, then):
        seen.extend(activities)
        await then()

    context = TurnContext(room.transport._adapter, read())
    context.activity.service_url = room.teams.service_url
    context.on_send_activities(look)
    await context.send_activity(copied)
    assert seen[0] is not copied
    assert seen[0].attachments[0].content is whole


@pytest.mark.parametrize(
    ("raw", "ours", "known", "clean"),
    [
        ("is Teams down?", [], True, "is Teams down?"),
        ("<at>Bot</at> is Teams down?", ["<at>Bot</at>"], True, "is Teams down?"),
        ("<at>Bot</at>&nbsp;is\u00a0Teams\u202fdown?\u200b", ["<at>Bot</at>"], True, "is Teams down?"),
        ("is <at>Bot</at> it <at>Ann</at>?", ["<at>Bot</at>"], True, "is it Ann?"),
        ("<at>A &amp; B</at> hi", ["<at>A & B</at>"], True, "hi"),
        ('<at id="0">Bot</at> hi', ["<at>Bot</at>"], True, "hi"),
        ("@Bot hi", ["@Bot"], True, "hi"),
        ("<at>Bot</at> hi <at>Ann</at>", [], False, "hi Ann"),
        ("<at>Ann</at> hi", ["<at>Bot</at>"], True, "Ann hi"),
        ("<p>it\u2019s \u201cslow\u201d</p><p>since&#160;9</p>", [], True, 'it\'s "slow"\nsince 9'),
        ("a &lt;b&gt; c &amp;lt; d", [], True, "a <b> c &lt; d"),
        ("1 < 2 and 3 > 2, i <3 teams", [], True, "1 < 2 and 3 > 2, i <3 teams"),
        ("error\tCAA70007\r\n\r\nhelp", [], True, "error CAA70007\nhelp"),
        ("\u202egnp.exe\u2066 x", [], True, "gnp.exe x"),
        ("u\u0308ber", [], True, "\u00fcber"),
        ("<at>Bot</at>", ["<at>Bot</at>"], True, ""),
        ("   ", [], False, ""),
        ("<", [], True, "<"),
    ],
)
def test_a_text_is_read_as_the_person_typed_it(raw, ours, known, clean):
    assert plain_text(raw, ours, mentions_known=known) == clean
