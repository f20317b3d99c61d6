"""The stream commands answer each line in order, with the keys that scripts rely on."""

from datetime import UTC, datetime

from bot.understand.lines import posts_lines, understand_lines

NOW = datetime(2026, 11, 25, 13, 30, tzinfo=UTC)


def test_plain_text_and_objects_are_answered_alike():
    lines = ["calls drop since 9\n", '{"text": "calls drop since 9", "locale": "en-US"}']
    first, second = understand_lines(lines, now=NOW)
    assert first == second
    assert list(first) == [
        "text",
        "intent",
        "service",
        "feature",
        "client",
        "region",
        "since",
        "codes",
        "confidence",
        "addressed",
    ]
    assert (first["intent"], first["feature"], first["since"]) == ("feature_problem", "calling", "2026-11-25T09:00:00Z")


def test_a_bad_line_is_told_and_the_rest_goes_on():
    lines = ['{"text": 3}', "{nonsense", '{"id": 1}', '{"text": "x", "locale": 4}', "", "is Teams down?"]
    answers = list(understand_lines(lines, now=NOW))
    assert [answer.get("line") for answer in answers] == [1, 2, 3, 4, None, None]
    assert all("error" in answer for answer in answers[:4])
    assert [answer["intent"] for answer in answers[4:]] == ["other", "ask_status"]


def test_posts_keep_their_ids():
    answers = list(
        posts_lines(['{"id": "a7", "text": "Teams is down for me", "lang": "en"}', "both teams lost", '{"id": "b"}'])
    )
    assert [answer.get("id") for answer in answers] == ["a7", 2, None]
    assert [answer.get("label") for answer in answers] == ["report", "not_report", None]
    assert list(answers[0]) == ["id", "label", "kind", "service", "feature", "confidence"]
    assert answers[2]["line"] == 3
