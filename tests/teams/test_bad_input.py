"""Whatever arrives, the bot answers in a plain way and goes on."""

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from tests.teams.activities import activity, press
from tests.teams.room import ANSWER, CARD


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"type": "message"} trailing',
        b'{"type": NaN}',
        b'{"type": "\\ud800"}',
        b"[" * 50_000,
        b'{"a":' * 20_000,
    ],
)
async def test_what_is_not_an_activity_is_a_bad_request(room, body):
    status, said = await room.post(body)
    assert status == 400
    assert said["error"]["code"] == "BadSyntax"


@pytest.mark.parametrize("packed", ["gzip", "deflate"])
async def test_a_body_that_is_not_packed_as_it_says_is_a_bad_request(room, packed):
    status, said = await room.post(b"these bytes are packed in no way", **{"Content-Encoding": packed})
    assert (status, said["error"]["code"]) == (400, "BadSyntax")


async def test_whoever_hangs_up_in_the_middle_fills_no_log(room, caplog):
    url = urlsplit(room.url)
    _, writer = await asyncio.open_connection(url.hostname, url.port)
    head = f"POST {url.path} HTTP/1.1", "Host: x", "Authorization: Bearer of.no.thing", "Content-Length: 100"
    writer.write("\r\n".join((*head, "", "abc")).encode())
    await writer.drain()
    assert await room.says("down?") == 200  # by then the other one is read
    writer.close()
    await writer.wait_closed()
    assert await room.says("down?") == 200
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("type", None),
        ("type", 5),
        ("type", ""),
        ("serviceUrl", None),
        ("serviceUrl", ["x"]),
        ("channelId", None),
        ("conversation", None),
        ("conversation", "a:1"),
        ("conversation", {}),
        ("conversation", {"id": 5}),
        ("conversation", {"id": "a:1", "tenantId": 5}),
        ("from", "Ann"),
        ("from", {"id": 7}),
        ("recipient", []),
        ("text", {"a": 1}),
        ("id", 12),
        ("locale", 3),
        ("entities", "mention"),
        ("entities", ["mention"]),
    ],
)
async def test_an_activity_with_an_odd_part_is_a_bad_request(room, part, value):
    said = activity("message", room.teams.service_url, text="down?") | {part: value}
    assert (await room.post(said))[0] == 400
    assert room.product.messages == []


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("channelData", "nonsense"),
        ("channelData", {"tenant": "x", "team": 5}),
        ("timestamp", "yesterday"),
        ("localTimezone", "../../etc/passwd"),
        ("localTimezone", "Nowhere/Land"),
        ("locale", "x" * 100),
        ("entities", [{"type": "mention"}, {"type": 5}, {}]),
        ("entities", [{"type": "clientInfo", "platform": 5, "country": "Germany", "timezone": {}}]),
        ("attachments", []),
        ("membersAdded", []),
        ("somethingNew", {"deep": [1]}),
        ("from", None),
        ("recipient", None),
        ("deliveryMode", "expectReplies"),
        ("value", [1, 2]),
    ],
)
async def test_an_odd_part_that_we_do_not_need_is_no_reason_to_be_silent(room, part, value):
    said = activity("message", room.teams.service_url, text="down?") | {part: value}
    assert (await room.post(said))[0] == 200
    assert room.teams.sent()[0]["summary"] == "Teams is fine"


async def test_a_message_of_a_megabyte_is_refused_in_a_friendly_way(room):
    said = activity("message", room.teams.service_url, text="x" * 1_000_000)
    status, answer = await room.post(said)
    assert status == 413
    assert "please send less" in answer["error"]["message"]


async def test_a_body_without_an_announced_length_is_bounded_too(room):
    async def endless():
        for _ in range(64):
            yield b" " * 65_536

    token = room.identity.token(room.teams.service_url)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    async with room.session.post(room.url, data=endless(), headers=headers) as answer:
        assert answer.status == 413


async def test_a_long_text_is_cut_before_it_is_understood(room):
    await room.says("down? " + "x" * 100_000)
    assert len(room.product.messages[0].text) == 8_000


@pytest.mark.parametrize(
    "kind", ["typing", "event", "messageReaction", "endOfConversation", "messageUpdate", "brandNew"]
)
async def test_other_kinds_of_activity_are_taken_and_ignored(room, kind):
    status, _ = await room.post(activity(kind, room.teams.service_url, text="down?", name="x"))
    assert status == 200
    assert room.teams.arrived == []


async def test_other_methods_are_not_offered(room):
    async with room.session.head(room.url) as head, room.session.get(room.url) as got:
        assert (head.status, got.status) == (405, 405)


async def test_a_request_without_a_token_is_not_even_read(room):
    assert (await room.post(b"{", Authorization=None))[0] == 401


GOOD = {"v": 1, "verb": "again", "id": "row-1"}


async def test_a_press_reaches_the_product_and_its_answer_replaces_the_card(room):
    pressed = press(room.teams.service_url, GOOD | {"site": "Berlin"})
    status, answer = await room.post(pressed)
    assert (status, answer) == (
        200,
        {"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": CARD},
    )
    (seen,) = room.product.presses
    assert (seen.verb, seen.row, seen.version, dict(seen.inputs)) == ("again", "row-1", 1, {"site": "Berlin"})
    assert seen.message.person.id == pressed["from"]["id"]
    assert seen.message.text == ""


async def test_a_form_with_many_ticks_reaches_the_product(room):
    ticked = {f"field{n}": ",".join(f"choice{m}" for m in range(30)) for n in range(20)}
    await room.post(press(room.teams.service_url, GOOD | ticked))
    assert dict(room.product.presses[0].inputs) == ticked


@pytest.mark.parametrize(
    "typed", [{f"field{n}": "x" for n in range(25)}, {"one": "x" * 2_001}, {f"field{n}": "x" * 1_900 for n in range(5)}]
)
async def test_more_than_any_form_asks_for_is_not_a_press(room, typed):
    await room.post(press(room.teams.service_url, GOOD | typed))
    assert room.product.presses == []


async def test_a_card_in_a_personal_chat_keeps_its_place_for_later_edits(room):
    await room.post(press(room.teams.service_url, GOOD, replyToId="1700000000777"))
    assert [(row, place) for row, place, _ in room.product.sent] == [(ANSWER.row, "1700000000777")]


async def test_a_press_of_an_old_version_reaches_the_product_as_such(room):
    await room.post(press(room.teams.service_url, GOOD | {"v": 0}))
    assert room.product.presses[0].version == 0


@pytest.mark.parametrize(
    "data",
    [
        None,
        "again",
        [],
        {},
        {"v": 1},
        {"v": "1", "verb": "again", "id": "row-1"},
        {"v": True, "verb": "again", "id": "row-1"},
        {"v": 1, "verb": "DROP TABLE", "id": "row-1"},
        {"v": 1, "verb": ["again"], "id": "row-1"},
        {"v": 1, "verb": "again", "id": "../../etc"},
        {"v": 1, "verb": "again", "id": 5},
        {"v": 1, "verb": "again", "id": "x" * 10_000},
        {"v": 1, "verb": "again", "id": "row-1", "site": {"deep": 1}},
        {"v": 1, "verb": "again", "id": "row-1", "site": "x" * 100_000},
        {"v": 1, "verb": "again", "id": "row-1"} | {f"more{number}": "x" for number in range(50)},
    ],
)
async def test_a_forged_or_oversized_press_gets_a_harmless_answer(room, data):
    status, answer = await room.post(press(room.teams.service_url, data))
    assert status == 200
    assert answer == {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": "teams.card_is_old in en-GB",
    }
    assert room.product.presses == []


@pytest.mark.parametrize("value", [None, 5, [], "x", {}, {"action": None}, {"action": {"verb": "again"}}])
async def test_a_press_without_an_action_gets_a_harmless_answer(room, value):
    status, answer = await room.post(press(room.teams.service_url, GOOD, value=value))
    assert (status, answer["statusCode"]) == (200, 200)
    assert room.product.presses == []


async def test_a_press_whose_two_verbs_disagree_gets_a_harmless_answer(room):
    forged = press(room.teams.service_url, GOOD)
    forged["value"]["action"]["verb"] = "fixed"
    await room.post(forged)
    assert room.product.presses == []


async def test_a_press_that_takes_too_long_or_fails_is_answered_in_time(room, capsys):
    async def fails() -> None:
        raise RuntimeError("bug")

    room.product.work = fails
    status, answer = await room.post(press(room.teams.service_url, GOOD))
    assert (status, answer["value"]) == (200, "teams.broken in en-GB")
    capsys.readouterr()


async def test_another_invoke_is_not_ours(room):
    status, _ = await room.post(press(room.teams.service_url, GOOD, name="task/fetch"))
    assert status == 501
    status, _ = await room.post(press(room.teams.service_url, GOOD, name=None))
    assert status == 501


async def test_a_flood_of_odd_requests_does_not_stop_the_bot(room):
    odd = [b"{", json.dumps({"type": "message"}).encode(), b"x" * 300_000]
    await asyncio.gather(*(room.post(odd[number % 3]) for number in range(60)))
    assert await room.says("down?") == 200
    assert len(room.teams.arrived) == 1
