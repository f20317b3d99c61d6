"""Layouts are filled exactly, or not at all."""

import pytest

from bot.cards.expand import LayoutError, expand

VALUES = {
    "name": "Teams",
    "count": 3,
    "open": True,
    "shut": False,
    "nothing": None,
    "place": {"city": "Köln"},
    "rows": [{"text": "a", "kept": True}, {"text": "b", "kept": False}],
    "none": [],
}


@pytest.mark.parametrize(
    ("template", "becomes"),
    [
        pytest.param({"a": "${name}"}, {"a": "Teams"}, id="a place takes its value"),
        pytest.param({"a": "${count}"}, {"a": 3}, id="a value alone keeps its type"),
        pytest.param({"a": "${open}"}, {"a": True}, id="a boolean stays one"),
        pytest.param({"a": "${nothing}"}, {"a": None}, id="nothing stays nothing"),
        pytest.param({"a": "${place}"}, {"a": {"city": "Köln"}}, id="an object goes in whole"),
        pytest.param({"a": "in ${place.city}, ${count}"}, {"a": "in Köln, 3"}, id="a place within words"),
        pytest.param({"a": [1, True, None, "x"]}, {"a": [1, True, None, "x"]}, id="what holds no place stays"),
        pytest.param(
            {"a": [{"$data": "${rows}", "t": "${text}"}]}, {"a": [{"t": "a"}, {"t": "b"}]}, id="an element per row"
        ),
        pytest.param({"a": [{"$data": "${none}", "t": "${text}"}]}, {"a": []}, id="no rows, no elements"),
        pytest.param(
            {"a": [{"$when": "${shut}", "t": "x"}, {"$when": "${open}", "t": "y"}]}, {"a": [{"t": "y"}]}, id="when"
        ),
        pytest.param(
            {"a": [{"$data": "${rows}", "$when": "${kept}", "t": "${text}"}]}, {"a": [{"t": "a"}]}, id="when, per row"
        ),
        pytest.param({"a": "{{TIME(x)}}"}, {"a": "{{TIME(x)}}"}, id="the chat client's macros are left to it"),
    ],
)
def test_a_layout_is_filled(template, becomes):
    assert expand(template, VALUES) == becomes


def test_a_value_is_never_expanded_again():
    assert expand({"a": "${name}"}, {"name": "${count}", "count": 3}) == {"a": "${count}"}


@pytest.mark.parametrize(
    "template",
    [
        pytest.param({"a": "${missing}"}, id="missing key"),
        pytest.param({"a": "${place.street}"}, id="missing key deep inside"),
        pytest.param({"a": "${name.first}"}, id="a path through a text"),
        pytest.param({"a": "${count + 1}"}, id="an expression"),
        pytest.param({"a": "${string(count)}"}, id="a function"),
        pytest.param({"a": "${}"}, id="an empty place"),
        pytest.param({"a": [{"$data": "${place}", "t": "x"}]}, id="rows that are an object"),
        pytest.param({"a": [{"$data": "${name}", "t": "x"}]}, id="rows that are a text"),
        pytest.param({"a": [{"$when": "${name}", "t": "x"}]}, id="a condition that is a text"),
        pytest.param({"a": [{"$when": "${count}", "t": "x"}]}, id="a condition that is a number"),
        pytest.param({"a": [{"$data": "${rows}", "t": "${name}"}]}, id="the outer value within a row"),
    ],
)
def test_a_layout_that_does_not_fit_is_refused(template):
    with pytest.raises(LayoutError):
        expand(template, VALUES)
