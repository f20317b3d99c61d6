"""Microsoft's hand-written texts: what they name, and what in them can be believed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.observation import Feature
from bot.sources import microsoft_text

NOW = datetime(2026, 5, 5, 14, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("- Microsoft Teams: messages arrive late.", True),
        ("Users can't open files in Microsoft Teams or Outlook.", True),
        ("- Teams", True),
        ("Affected: Teams, Outlook", True),
        ("Exchange Online and Teams", True),
        ("Users can't join Teams meetings.", True),
        ("Teams chat shows no images.", True),
        ("Our teams are investigating.", False),
        ("Teams of engineers are on it.", False),
        ("The support teams, as always, help.", False),
        ("Microsoft Teams Free is slow.", False),
        ("The Microsoft Teams admin center is slow.", False),
        ("Microsoft Teams is not affected.", False),
        ("Microsoft Teams isn't impacted.", False),
    ],
)
def test_the_product_is_told_from_teams_of_people(line, named):
    assert bool(microsoft_text.naming_teams([line])) is named


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("Presence", Feature.PRESENCE),
        ("Teams and Channels", Feature.CHAT),
        ("Audio and Video", Feature.MEETINGS),
        ("Calling", Feature.CALLING),
        ("Sign-In", Feature.SIGNIN),
        ("App Start", Feature.CLIENT_START),
        ("Teams Admin Center", Feature.ADMIN),
        ("Live Events", Feature.LIVE_EVENTS),
        ("Apps", Feature.APPS),
        ("Users can't join meetings", Feature.MEETINGS),
        ("Users may be unable to send chat messages or join meetings", None),
        ("General", None),
        ("", None),
    ],
)
def test_one_part_is_named_or_none(text, feature):
    assert microsoft_text.feature_of(text) is feature


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Users in Europe may be unable", "Europe"),
        ("A share of users served through North America", "North America"),
        ("users in Europe and Asia", None),
        ("let us know", None),
        ("the Central US region", "United States"),
        ("anyone", None),
    ],
)
def test_one_region_is_named_or_none(text, region):
    assert microsoft_text.region_of(text) == region


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Tuesday, May 5, 2026, at 3:30 PM UTC", datetime(2026, 5, 5, 15, 30, tzinfo=UTC)),
        ("Tuesday, May 5, 2026, at 12:05 AM UTC", datetime(2026, 5, 5, 0, 5, tzinfo=UTC)),
        ("Tuesday, September 1, 2026 at 12:05 PM UTC", datetime(2026, 9, 1, 12, 5, tzinfo=UTC)),
        ("Tuesday, May 35, 2026, at 3:30 PM UTC", None),
        ("Tuesday, Smarch 5, 2026, at 3:30 PM UTC", None),
        ("Tuesday, May 5, 2026, at 3:30 PM", None),
        ("soon", None),
    ],
)
def test_a_written_date_is_read_or_dropped(text, at):
    assert microsoft_text.written_moment(text) == at


@pytest.mark.parametrize(
    ("ahead", "believed"),
    [
        (timedelta(hours=2), True),
        (timedelta(minutes=-59), True),
        (timedelta(minutes=-61), False),
        (timedelta(hours=25), False),
        (timedelta(days=-365), False),
    ],
)
def test_a_promise_is_believed_only_where_somebody_would_promise(ahead, believed):
    assert (microsoft_text.believable_promise(NOW + ahead, NOW) is not None) is believed


def test_a_text_is_taken_apart_whatever_its_line_ends_and_marks():
    told = microsoft_text.told(
        "Title: Late messages\r\n\r\nUser impact: Users\u2019 messages\u00a0are late.\r\nAlso images.\r\n"
        "Start Time: Tuesday, May 5, 2026, at 1:40 PM UTC\r\nNext update by: Tuesday, May 5, 2026, at 4:00 PM UTC",
        NOW,
    )
    assert told.title == "Late messages"
    assert told.summary == "Users’ messages are late. Also images."
    assert told.start_at == NOW - timedelta(minutes=40)
    assert told.next_update_at == NOW + timedelta(minutes=100)


@given(st.text(max_size=300))
def test_any_text_is_taken_apart(text):
    assert len(microsoft_text.told(text, NOW).summary) <= 500
