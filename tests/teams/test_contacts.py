"""The product hears when something believed arrived for an app, and what became of every call that it made."""

from bot.transports.outgoing import Failed, FailedReason, Gone, GoneReason, Sent, trouble_of
from tests.replicas.connector import refusal
from tests.replicas.identity import APP_ID
from tests.teams.activities import activity


async def test_a_message_that_is_believed_and_its_answer_are_told_of(room):
    assert await room.says("is Teams down?") == 200
    await room.until(lambda: room.product.tried)
    assert room.product.received == [APP_ID]
    [(app, outcome)] = room.product.tried
    assert (app, type(outcome)) == (APP_ID, Sent)


async def test_a_stranger_is_not_told_of(room):
    status, _ = await room.post(activity("message", room.teams.service_url, text="hi"), Authorization="Bearer x.y.z")
    assert status == 401
    assert room.product.received == room.product.tried == []


async def test_an_answer_that_is_refused_is_told_of_with_its_reason(room):
    room.teams.fails[""] = refusal(401, "BotNotRegistered")
    await room.says("is Teams down?")
    await room.until(lambda: room.product.tried)
    [(app, outcome)] = room.product.tried
    assert app == APP_ID
    assert isinstance(outcome, Failed)
    assert outcome.reason is FailedReason.NOT_REGISTERED
    assert trouble_of(outcome) == "not_registered: 401 BotNotRegistered"


def test_what_is_kept_of_a_trouble_holds_no_sentence_of_the_other_side():
    gone = Gone(reason=GoneReason.NO_CONVERSATION, said="404 ConversationNotFound a:1chat-of-ann is not there")
    assert trouble_of(gone) == "no_conversation: 404 ConversationNotFound"
    refused = Failed(reason=FailedReason.NO_TOKEN, said="https://login.example/token: 401 AADSTS7000222")
    assert trouble_of(refused) == "no_token: https://login.example/token: 401 AADSTS7000222"
    assert trouble_of(Sent(id="1")) == ""


async def test_without_an_app_id_there_is_no_app_to_tell_of(local_room):
    assert (await local_room.post(activity("message", local_room.teams.service_url, text="hi"), Authorization=None))[0]
    await local_room.until(lambda: local_room.product.tried)
    assert local_room.product.received == [""]
