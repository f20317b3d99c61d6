"""A person writes, the bot answers in the same place."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.conversation import Scope
from bot.domain.observation import Client
from bot.transports.outgoing import Outgoing
from tests.replicas.connector import Refusal, as_date, blocked, refusal, throttled
from tests.replicas.identity import TENANT
from tests.teams.activities import ANN, CHANNEL, GROUP, MENTION, PERSONAL, ROOT, activity, channel, group, mention
from tests.teams.room import ANSWER, CARD, START, open_room


async def test_a_question_in_a_personal_chat_is_answered_with_one_card(room):
    assert await room.says("is Teams down?") == 200
    (call,) = room.teams.arrived
    assert call.conversation == PERSONAL
    assert [call.token] == room.identity.issued
    assert call.body["attachments"] == [{"contentType": "application/vnd.microsoft.card.adaptive", "content": CARD}]
    assert call.body["summary"] == "Teams is fine"
    assert "text" not in call.body, "Teams would say it twice"


async def test_who_asks_and_from_where_reaches_the_product(room):
    await room.says("is Teams down?", id="f:abc")
    (message,) = room.product.messages
    assert (message.text, message.id, message.language) == ("is Teams down?", "f:abc", "en-GB")
    assert (message.zone, message.country, message.client) == ("Europe/Berlin", "DE", Client.WINDOWS)
    assert (message.person.id, message.person.directory_id) == (ANN["id"], ANN["aadObjectId"])
    assert message.person.tenant == message.destination.tenant == TENANT
    assert message.destination.scope is Scope.PERSONAL
    assert message.destination.service_url == room.teams.service_url


async def test_a_question_in_a_channel_is_answered_in_its_thread(room):
    entities = [mention(), {"type": "clientInfo", "locale": "de-DE"}]
    await room.says(f"{MENTION}&nbsp;teams won’t load", entities=entities, **channel())
    (message,) = room.product.messages
    where = message.destination
    assert message.text == "teams won't load"
    assert (where.id, where.thread, where.scope, where.channel) == (CHANNEL, ROOT, Scope.CHANNEL, CHANNEL)
    assert where.team == "19:sales-team@thread.tacv2"
    assert message.client is None, "channels do not tell the platform"
    (call,) = room.teams.arrived
    assert call.conversation == f"{CHANNEL};messageid={ROOT}"
    assert "%3A" in call.raw_path
    assert "%3Bmessageid%3D" in call.raw_path
    assert "%25" not in call.raw_path


async def test_a_question_in_a_group_chat_is_answered_there(room):
    await room.says(f"{MENTION} down?", entities=[mention()], **group())
    assert room.product.messages[0].destination.scope is Scope.GROUP
    assert room.teams.arrived[0].conversation == GROUP


async def test_the_answer_learns_the_id_of_its_card(room):
    await room.says("down?")
    ((row, activity_id, destination),) = room.product.sent
    assert row == ANSWER.row
    assert activity_id.isdecimal()
    assert destination.id == PERSONAL


async def test_a_message_that_is_not_for_us_is_left_alone(room):
    room.product.answer = None
    assert await room.says("thanks everybody") == 200
    assert room.teams.arrived == []


async def test_a_place_without_cards_gets_the_text(room):
    room.identity.roll(endorsements=("sms",))
    await room.says("down?", channelId="sms")
    (call,) = room.teams.arrived
    assert call.body["text"] == "Teams is fine"
    assert "attachments" not in call.body


async def test_the_same_activity_twice_is_answered_once(room):
    twice = activity("message", room.teams.service_url, text="down?")
    assert [(await room.post(twice))[0] for _ in range(3)] == [200, 200, 200]
    assert len(room.teams.arrived) == len(room.product.messages) == 1


async def test_the_same_id_is_forgotten_after_ten_minutes(room):
    again = activity("message", room.teams.service_url, text="down?")
    await room.post(again)
    await room.pass_time(timedelta(minutes=10, seconds=1))
    await room.post(again)
    assert len(room.teams.arrived) == 2


async def test_a_slow_answer_comes_after_the_request_was_answered():
    ready = asyncio.Event()
    async with open_room(answer_in_request=timedelta(milliseconds=20)) as room:
        room.product.work = ready.wait
        assert await room.says("down?") == 200
        assert room.teams.arrived == []
        ready.set()
        await room.teams.until(1)
        assert room.teams.sent(PERSONAL)[0]["summary"] == "Teams is fine"


async def test_an_open_answer_is_finished_before_the_bot_stops():
    ready = asyncio.Event()
    async with open_room(answer_in_request=timedelta(milliseconds=20)) as room:
        room.product.work = ready.wait
        await room.says("down?")
        room.transport.stop()
        assert await room.says("and now?") in {200, 503}
        ready.set()
        await room.teams.until(1)


async def test_a_bug_behind_the_door_is_told_and_stays_in_its_turn(room, capsys):
    async def fails() -> None:
        raise KeyError("bug")

    room.product.work = fails
    assert await room.says("down?") == 200
    assert room.teams.sent()[0]["text"] == "teams.broken in en-GB"
    room.product.work = None
    await room.says("down?")
    assert room.teams.sent()[1]["summary"] == "Teams is fine"
    capsys.readouterr()  # the bug was logged whole


async def test_an_answer_that_never_comes_is_told(capsys):
    async with open_room(answer=timedelta(milliseconds=20)) as room:
        room.product.work = asyncio.Event().wait
        await room.says("down?")
        assert room.teams.sent()[0]["text"] == "teams.broken in en-GB"
    capsys.readouterr()


@pytest.mark.parametrize(
    "retry_after",
    [
        pytest.param("2", id="seconds"),
        pytest.param(as_date(START.timestamp() + 2), id="date"),
    ],
)
async def test_a_throttled_answer_waits_as_long_as_it_was_told(retry_after):
    async with open_room(answer_in_request=timedelta(milliseconds=20)) as room:
        room.teams.fails[PERSONAL] = throttled(retry_after, times=1)
        await room.says("down?")
        await room.somebody_waits()
        await room.pass_time(timedelta(seconds=1.9))
        assert len(room.teams.arrived) == 1
        await room.pass_time(timedelta(seconds=0.2))
        await room.teams.until(2)
        assert len(room.teams.sent(PERSONAL)) == 2


async def test_a_throttled_answer_without_a_named_wait_backs_off_by_itself():
    async with open_room(answer_in_request=timedelta(milliseconds=20)) as room:
        room.teams.fails[PERSONAL] = throttled(None, times=1)
        await room.says("down?")
        await room.somebody_waits()
        await room.pass_time(timedelta(seconds=2.1))
        await room.teams.until(2)


async def test_a_throttled_conversation_does_not_delay_another(room):
    room.teams.fails[GROUP] = throttled("300")
    await room.says(f"{MENTION} down?", **group())
    await room.says("down?")
    assert len(room.teams.sent(PERSONAL)) == 1


@pytest.mark.parametrize("fault", [blocked(), refusal(403, "BotNotInConversationRoster"), refusal(500, "ServiceError")])
async def test_a_final_refusal_is_not_tried_again(room, fault, capsys):
    room.teams.fails[PERSONAL] = fault
    assert await room.says("down?") == 200
    assert len(room.teams.arrived) == 1
    assert room.product.sent == []
    assert "answer not sent" in capsys.readouterr().out


async def test_a_cut_connection_is_tried_again():
    async with open_room(answer_in_request=timedelta(milliseconds=20)) as room:
        room.teams.fails[PERSONAL] = Refusal(status=503, drops=True, times=1)
        await room.says("down?")
        await room.somebody_waits()
        await room.pass_time(timedelta(seconds=1))
        await room.teams.until(2)


async def test_another_bot_is_not_answered(room):
    assert await room.says("is Teams down?", **{"from": {"id": "28:other-bot"}}) == 200
    assert room.product.messages == []


async def test_an_empty_message_reaches_the_product_as_empty(room):
    room.product.answer = Outgoing(card=None, text="Ask me about Teams")
    await room.says("")
    await room.says(MENTION, entities=[mention()])
    assert [message.text for message in room.product.messages] == ["", ""]
    assert room.teams.sent()[0]["text"] == "Ask me about Teams"
