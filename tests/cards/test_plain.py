"""What strangers wrote can't do anything on a card but be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cards.plain import calmed, escaped, quoted
from tests.cards.markdown import shown


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("**bold** _it_ ~~gone~~ `code`", "**bold** _it_ ~~gone~~ `code`", id="emphasis"),
        pytest.param("# big\n- list\n1. first", "# big - list 1. first", id="headings and lists"),
        pytest.param("[log in](https://evil.example/a)", "[log in]((…)", id="a link loses its address"),
        pytest.param("see https://evil.example/login?x=1 now", "see (…) now", id="a bare address is left out"),
        pytest.param("go to evil.example/login", "go to (…)", id="an address without scheme too"),
        pytest.param("<at>Everyone</at> hi", "‹at›Everyone‹/at› hi", id="a mention is no mention"),
        pytest.param("{{DATE(2026-01-01T00:00:00Z)}}", "{ {DATE(2026-01-01T00:00:00Z)} }", id="a macro is broken"),
        pytest.param("${secret} and {{{x}}}", "$ {secret} and { { {x} } }", id="a template place is broken"),
        pytest.param("a\u202eb\u2066c\u200fd\x00e\x1b[31m", "abcde[31m", id="direction and control signs are gone"),
        pytest.param("line\r\n\r\n\tnext\u2028end", "line next end", id="one line"),
        pytest.param("fish &amp; chips &lt;b&gt;", "fish &amp; chips &lt;b&gt;", id="entities stay what they were"),
        pytest.param("👩\u200d💻 ok", "👩\u200d💻 ok", id="joined signs stay joined"),
    ],
)
def test_foreign_words_are_only_read(written, read):
    assert quoted(written, 200) == read
    assert shown(escaped(quoted(written, 200))) == read


def test_words_that_run_the_other_way_keep_to_themselves():
    assert quoted("لا يعمل 12", 50) == "\u2068لا يعمل 12\u2069"


def test_long_words_are_cut_between_words_and_say_so():
    assert quoted("one two three four", 12) == "one two…"
    assert len(quoted("x" * 500, 100)) == 100


def test_our_own_addresses_stay():
    assert calmed("https://status.contoso.example/a_b", 200) == "https://status.contoso.example/a_b"


@given(st.text(max_size=80))
def test_a_card_shows_any_text_exactly(text):
    one_line = " ".join(calmed(text, 100).split())
    if one_line:
        assert shown(escaped(one_line)) == one_line
