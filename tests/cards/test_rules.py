"""The rules themselves find what is planted."""

import copy

import pytest

from tests.cards.rules import mistakes

DATA = {"v": 1, "verb": "again", "id": "a1"}
GOOD = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "lang": "en",
    "speak": "s",
    "fallbackText": "f",
    "body": [
        {"type": "TextBlock", "text": "hello", "wrap": True},
        {
            "type": "ActionSet",
            "actions": [
                {
                    "type": "Action.Execute",
                    "title": "Again",
                    "verb": "again",
                    "data": DATA,
                    "fallback": {"type": "Action.Submit", "title": "Again", "data": DATA},
                }
            ],
        },
    ],
}


def test_a_good_card_has_no_mistakes():
    assert mistakes(GOOD) == []


def planted(change):
    card = copy.deepcopy(GOOD)
    change(card)
    return card


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda card: card.update(version="1.4"), id="old version"),
        pytest.param(lambda card: card.pop("fallbackText"), id="no fallback text"),
        pytest.param(lambda card: card["body"][0].pop("text"), id="text block without text"),
        pytest.param(lambda card: card["body"][0].update(wrap=False), id="text that does not wrap"),
        pytest.param(lambda card: card["body"][0].update(text="${x}"), id="unfilled place"),
        pytest.param(lambda card: card["body"][0].update(colour="red"), id="unknown key"),
        pytest.param(lambda card: card["body"][0].update(size="Huge"), id="unknown value"),
        pytest.param(lambda card: card["body"].append({"type": "Marquee"}), id="unknown element"),
        pytest.param(
            lambda card: card["body"].append({"type": "Image", "url": "https://a.example/i.png"}), id="no words"
        ),
        pytest.param(lambda card: card["body"].append({"type": "Container", "items": []}), id="empty container"),
        pytest.param(lambda card: card["body"][0].update(text="x" * 20_000), id="too large"),
        pytest.param(lambda card: card["body"][1]["actions"].extend(GOOD["body"][1]["actions"]), id="title twice"),
        pytest.param(lambda card: card["body"][1]["actions"][0].update(style="positive"), id="styled action"),
        pytest.param(lambda card: card["body"][1]["actions"][0].pop("fallback"), id="no fallback"),
        pytest.param(lambda card: card["body"][1]["actions"][0].update(data=DATA | {"person": "x"}), id="more data"),
        pytest.param(
            lambda card: card["body"][1]["actions"].append(
                {"type": "Action.OpenUrl", "title": "Go", "url": "http://a.example"}
            ),
            id="http link",
        ),
    ],
)
def test_a_planted_mistake_is_found(change):
    assert mistakes(planted(change))


def test_a_mistake_in_a_union_is_told_by_its_own_branch():
    broken = planted(lambda card: card["body"][0].pop("text"))

    assert "body/0: 'text' is a required property" in mistakes(broken)
