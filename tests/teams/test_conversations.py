"""The bot hears where it is installed, removed and renamed, greets once, and speaks there unprompted later."""

from datetime import timedelta

import pytest

from bot.domain.conversation import Destination, Life, Scope
from bot.transports.outgoing import Failed, FailedReason, Gone, GoneReason, Outgoing, Sent, Throttled
from tests.replicas.connector import Refusal, as_date, blocked, refusal, throttled, too_large
from tests.replicas.identity import TENANT
from tests.teams.activities import (
    ANN,
    BEN,
    BOT,
    CHANNEL,
    GROUP,
    MENTION,
    PERSONAL,
    ROOT,
    activity,
    channel,
    group,
    mention,
)
from tests.teams.room import ANSWER, START, Room

WELCOME = Outgoing(card=None, text="Ask me: is Teams down?")


async def happens(room: Room, kind: str, **parts: object) -> None:
    status, _ = await room.post(activity(kind, room.teams.service_url, **parts))
    assert status == 200


async def test_an_installation_is_heard_once_and_greeted_once(room):
    room.product.welcome = WELCOME
    room_data = channel(root="")
    await happens(room, "installationUpdate", action="add", **room_data)
    room.product.welcome = None
    await happens(room, "conversationUpdate", membersAdded=[{"id": BOT}], **room_data)
    assert [event.life for event in room.product.events] == [Life.INSTALLED, Life.SEEN]
    (call,) = room.teams.arrived
    assert (call.conversation, call.body["text"]) == (CHANNEL, WELCOME.text)
    where = room.product.events[0].destination
    assert (where.id, where.scope, where.tenant, where.bot_id) == (CHANNEL, Scope.CHANNEL, TENANT, BOT)


def changed(kind: str) -> dict[str, object]:
    where = channel(root="")
    return where | {"channelData": where["channelData"] | {"eventType": kind}}


@pytest.mark.parametrize(
    ("kind", "parts", "life"),
    [
        ("installationUpdate", {"action": "add-upgrade"}, Life.INSTALLED),
        ("installationUpdate", {"action": "remove"}, Life.REMOVED),
        ("installationUpdate", {"action": "remove-upgrade"}, Life.REMOVED),
        ("conversationUpdate", {"membersRemoved": [{"id": BOT}]}, Life.REMOVED),
        ("conversationUpdate", changed("channelRenamed"), Life.RENAMED),
        ("conversationUpdate", changed("teamRenamed"), Life.RENAMED),
        ("conversationUpdate", changed("channelDeleted"), Life.DELETED),
        ("conversationUpdate", changed("teamDeleted"), Life.DELETED),
        ("conversationUpdate", changed("channelRestored"), Life.SEEN),
    ],
)
async def test_what_happens_to_a_conversation_is_heard(room, kind, parts, life):
    await happens(room, kind, **parts)
    assert [event.life for event in room.product.events] == [life]


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("conversationUpdate", {"membersAdded": [ANN]}),
        ("conversationUpdate", {"membersRemoved": [BEN]}),
        ("conversationUpdate", {}),
        ("conversationUpdate", changed("channelCreated")),
        ("conversationUpdate", changed("somethingNew")),
        ("installationUpdate", {}),
        ("installationUpdate", {"action": 5}),
        ("installationUpdate", {"action": "unknown"}),
    ],
)
async def test_what_is_not_about_the_bot_is_not_kept(room, kind, parts):
    await happens(room, kind, **parts)
    assert room.product.events == []


def sales(room: Room, **changed: str) -> Destination:
    given = {
        "id": CHANNEL,
        "scope": Scope.CHANNEL,
        "tenant": TENANT,
        "service_url": room.teams.service_url,
        "bot_id": BOT,
    }
    return Destination(**(given | changed))


async def test_an_unprompted_card_goes_to_the_channel_as_a_new_post(room):
    assert isinstance(sent := await room.transport.send(sales(room), ANSWER), Sent)
    assert sent.id.isdecimal()
    (call,) = room.teams.arrived
    assert (call.conversation, call.activity, call.body["from"]) == (CHANNEL, None, {"id": BOT})
    assert call.body["conversation"] == {"id": CHANNEL, "tenantId": TENANT}
    assert "replyToId" not in call.body


async def test_a_thread_is_answered_unprompted_in_that_thread(room):
    await room.transport.send(sales(room, thread=ROOT), ANSWER)
    assert room.teams.arrived[0].conversation == f"{CHANNEL};messageid={ROOT}"


async def test_a_card_is_edited_and_taken_back(room):
    assert await room.transport.update(sales(room), "1700000000777", ANSWER) == Sent(id="1700000000777")
    assert isinstance(await room.transport.delete(sales(room), "1700000000777"), Sent)
    assert [(call.method, call.activity) for call in room.teams.arrived] == [
        ("PUT", "1700000000777"),
        ("DELETE", "1700000000777"),
    ]
    assert room.teams.arrived[0].body["id"] == "1700000000777"


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (refusal(400, "BadArgument"), FailedReason.BAD_REQUEST),
        (refusal(403, "BotNotInConversationRoster"), GoneReason.NOT_INSTALLED),
        (refusal(403, "ForbiddenOperationException"), GoneReason.NOT_INSTALLED),
        (refusal(403, "ConversationBlockedByUser"), GoneReason.BLOCKED),
        (refusal(403, "BotDisabledByAdmin"), GoneReason.BLOCKED),
        (blocked(), GoneReason.BLOCKED),
        (refusal(403, "InvalidBotApiHost"), FailedReason.WRONG_HOST),
        (refusal(403, "NotEnoughPermissions"), FailedReason.NOT_PERMITTED),
        (refusal(403, "SomethingNew"), FailedReason.NOT_PERMITTED),
        (refusal(404, "ConversationNotFound"), GoneReason.NO_CONVERSATION),
        (refusal(404, "ActivityNotFoundInConversation"), GoneReason.NO_ACTIVITY),
        (refusal(404, ""), FailedReason.BAD_REQUEST),
        (refusal(413, "MessageSizeTooBig"), FailedReason.TOO_LARGE),
        (too_large(), FailedReason.TOO_LARGE),
        (refusal(500, "ServiceError"), FailedReason.SERVICE_ERROR),
        (Refusal(status=403, body=b'{"message": "not json", "errorCode": 1}'), FailedReason.NOT_PERMITTED),
        (Refusal(status=302, headers={"Location": "https://evil.example/"}), FailedReason.BAD_REQUEST),
        (Refusal(status=200, drops=True), FailedReason.ANSWER_LOST),
    ],
)
async def test_each_refusal_of_the_connector_has_its_meaning(room, fault, outcome):
    room.teams.fails[CHANNEL] = fault
    said = await room.transport.send(sales(room), ANSWER)
    assert isinstance(said, Gone | Failed)
    assert said.reason is outcome
    assert len(room.teams.arrived) == 1, "a delivery is tried once; its row says when again"


@pytest.mark.parametrize("retry_after", ["30", as_date(START.timestamp() + 30)])
async def test_a_throttled_delivery_knows_until_when_and_keeps_silent_until_then(room, retry_after):
    room.teams.fails[CHANNEL] = throttled(retry_after, times=1)
    until = START + timedelta(seconds=30)
    outcome = await room.transport.send(sales(room), ANSWER)
    assert isinstance(outcome, Throttled)
    assert (outcome.until, outcome.own) == (until, False)
    assert room.transport.ready_at(sales(room), START) == until
    held = await room.transport.send(sales(room), ANSWER)
    assert isinstance(held, Throttled)
    assert held.own
    assert len(room.teams.arrived) == 1
    await room.pass_time(timedelta(seconds=30))
    assert isinstance(await room.transport.send(sales(room), ANSWER), Sent)


@pytest.mark.parametrize("status", [412, 429, 502, 503, 504])
async def test_what_comes_back_by_itself_is_tried_again_within_a_minute(room, status):
    room.teams.fails[CHANNEL] = Refusal(status=status, body=b"<html>")
    outcome = await room.transport.send(sales(room), ANSWER)
    assert isinstance(outcome, Throttled)
    assert START <= outcome.until <= START + timedelta(seconds=60)


async def test_a_dead_connector_is_unreachable(room):
    await room.transport.send(sales(room), ANSWER)
    await room.teams.dies()
    outcome = await room.transport.send(sales(room), ANSWER)
    assert isinstance(outcome, Failed)
    assert outcome.reason in {FailedReason.UNREACHABLE, FailedReason.ANSWER_LOST}


async def test_without_a_token_of_our_own_nothing_is_sent(room, capsys):
    room.identity.refuses = (401, {"error": "invalid_client", "error_description": "AADSTS7000222: expired"})
    outcome = await room.transport.send(sales(room), ANSWER)
    assert isinstance(outcome, Failed)
    assert outcome.reason is FailedReason.NO_TOKEN
    assert "AADSTS7000222" in outcome.said
    assert room.teams.arrived == []


@pytest.mark.parametrize(
    "url", ["https://evil.trafficmanager.net/emea/", "https://evil.example", "", "file:///etc/passwd"]
)
async def test_a_stored_service_url_off_the_list_never_sees_our_token(room, url):
    outcome = await room.transport.send(sales(room, service_url=url), ANSWER)
    assert isinstance(outcome, Failed)
    assert outcome.reason is FailedReason.HOST_NOT_ALLOWED
    assert room.identity.token_asks == []


async def test_an_unregistered_bot_speaks_to_this_machine_only(local_room):
    assert isinstance(await local_room.transport.send(sales(local_room), ANSWER), Sent)
    away = sales(local_room, service_url="https://smba.trafficmanager.net/emea/")
    outcome = await local_room.transport.send(away, ANSWER)
    assert isinstance(outcome, Failed)


SUBMITTED = {"v": 1, "verb": "again", "id": "row-1"}


async def test_an_old_client_presses_by_message_and_is_answered_by_one(room):
    await room.says(None, value=SUBMITTED)
    assert room.product.presses[0].verb == "again"
    assert room.teams.sent(PERSONAL)[0]["summary"] == "Teams is fine"


async def test_what_only_the_presser_may_read_is_not_said_in_a_group(room):
    room.product.answer = Outgoing(card=None, text="Your own proxy is the trouble", row="row-2", shared=False)
    await room.says(None, value=SUBMITTED, **group())
    assert room.teams.sent(GROUP)[0]["text"] == "teams.ask_in_person in en-GB"
    room.product.answer = ANSWER
    await room.says(None, value=SUBMITTED, **group())
    assert room.teams.sent(GROUP)[1]["summary"] == "Teams is fine"


async def test_nobody_is_named_in_what_is_kept(room):
    await room.says(f"{MENTION} down?", entities=[mention()], **channel())
    assert "Ann" not in repr(room.product.messages[0])
    assert "Notjustyou" not in repr(room.product.messages[0])
