"""What comes in at the door is refused in short words, or made harmless."""

import unicodedata
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.http import Page, Trouble
from bot.sources import shapes
from bot.sources.source import SourceError

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def page(status=200, body=b"{}", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(name="x", url="https://x.example/", status=status, headers=named, body=body, fetched_at=NOW)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (page(401), "401 refused"),
        (page(403), "403 refused"),
        (page(404), "404 not found"),
        (page(429), "429 throttled"),
        (page(500), "500 failing"),
        (page(599), "599 failing"),
        (page(403, cf_mitigated="challenge"), "403 challenge"),
        (page(429, cf_mitigated="challenge"), "429 challenge"),
        (page(200, cf_mitigated="challenge"), "200 challenge"),
        (page(503, b"<script>window._cf_chl_opt={}</script>"), "503 challenge"),
        (page(200, b"  <!DOCTYPE html>"), "200 page instead of data"),
        (page(200, b""), "x: not JSON"),
        (page(200, b"\xff\xfe{"), "x: not JSON"),
        (page(200, b'{"a":' + b"[" * 100_000), "x: not JSON"),
        (page(200, b'{"a":"\xff"}'), "x: not JSON"),
    ],
)
def test_what_is_no_answer_is_refused_in_short_words(answer, reason):
    with pytest.raises(SourceError) as caught:
        shapes.decode(answer, dict[str, object])
    assert caught.value.reason == reason
    assert caught.value.http_status == answer.status


def test_an_exchange_without_an_answer_keeps_its_trouble():
    missing = Page(name="x", url="", status=0, fetched_at=NOW, trouble=Trouble.DNS)
    with pytest.raises(SourceError, match="name not found"):
        shapes.answered(missing)


def test_a_throttled_source_says_until_when():
    with pytest.raises(SourceError) as caught:
        shapes.answered(page(429, retry_after="37"))
    assert caught.value.retry_at == NOW + timedelta(seconds=37)


def test_a_wrong_field_is_named():
    class Shape(msgspec.Struct):
        wanted: int

    with pytest.raises(SourceError, match="wanted"):
        shapes.decode(page(200, b"{}"), Shape)


def test_a_byte_order_mark_is_passed_over():
    assert shapes.array(page(200, b"\xef\xbb\xbf[1]")) == [1]


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("<p>Users can&#39;t <b>send</b>&nbsp;messages.</p><p>Soon</p>", "Users can't send messages. Soon"),
        ("a<br>b<script>alert(1)</script>c", "a b c"),
        ("a &lt;b&gt; c", "a <b> c"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("\u202eevil\u202c \u200fword\x00\x1b[31m", "evil word[31m"),
        ("lone \ud800 half", "lone half"),
        ("<ul><li>Teams</li><li>Outlook</li></ul>", "- Teams - Outlook"),
        ("word " * 40, "word word word…"),
    ],
)
def test_foreign_words_become_plain(text, becomes):
    assert shapes.plain(text, 20 if text.startswith("word") else 500) == becomes


@given(st.text(), st.integers(min_value=2, max_value=50))
def test_whatever_the_words_they_end_up_short_and_harmless(text, limit):
    said = shapes.plain(text, limit)
    assert len(said) <= limit
    assert not any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in said)
    assert "\u202e" not in said
    said.encode()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-05-05T14:20:00.11+00:00", datetime(2026, 5, 5, 14, 20, 0, 110000, UTC)),
        ("2026-05-05T14:20:00.1234567Z", datetime(2026, 5, 5, 14, 20, 0, 123456, UTC)),
        ("2026-05-05T16:20:00+02:00", datetime(2026, 5, 5, 14, 20, tzinfo=UTC)),
        ("2026-05-05T14:20:00", datetime(2026, 5, 5, 14, 20, tzinfo=UTC)),
        ("0001-01-01T00:00:00+00:00", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_aware_utc_or_none(text, at):
    assert shapes.moment(text) == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Tue, 05 May 2026 14:20:09 Z", datetime(2026, 5, 5, 14, 20, 9, tzinfo=UTC)),
        ("Tue, 05 May 2026 14:20:09 GMT", datetime(2026, 5, 5, 14, 20, 9, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_feeds_moment_too(text, at):
    assert shapes.mail_moment(text) == at


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_moments(text):
    for at in (shapes.moment(text), shapes.mail_moment(text)):
        assert at is None or at.utcoffset() == timedelta(0)
