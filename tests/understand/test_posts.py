"""A post counts as a report only when its author tells of trouble with Teams now."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.observation import Feature
from bot.understand.posts import PostKind, PostLabel, label_post
from tests.understand.sentences import cases


@pytest.mark.parametrize(("text", "label"), cases("posts", "label"))
def test_a_post_gets_its_label(text, label):
    assert label_post(text).label == label


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Teams is down again, great start to Monday", PostKind.REPORT),
        ("We're investigating an issue with Microsoft Teams, see TM998877", PostKind.OFFICIAL),
        ("Microsoft Teams outage leaves thousands of users offline", PostKind.NEWS),
        ("Teams is back!", PostKind.RESOLVED),
        ("Microsoft Teams was down for hours yesterday", PostKind.PAST),
        ("Remember when Teams went down in 2023?", PostKind.PAST),
        ("If Teams is down I will just call you", PostKind.HYPOTHETICAL),
        ("never let your teams down", PostKind.UNRELATED),
    ],
)
def test_the_kind_says_why(text, kind):
    assert label_post(text).kind is kind


@pytest.mark.parametrize(
    "text",
    [
        "both teams went down fighting",
        "five teams are down",
        "slow your teams down",
        "write that down, teams",
        "Acme Teams is down",
    ],
)
def test_teams_of_people_and_other_firms_never_report(text):
    assert label_post(text).label is PostLabel.NOT_REPORT


def test_a_report_tells_the_part():
    assert label_post("Teams calls keep dropping for me").feature is Feature.CALLING


def test_trouble_that_lasts_since_yesterday_is_no_memory():
    assert label_post("Teams has been down since yesterday").label is PostLabel.REPORT


@given(st.text(max_size=300), st.sampled_from([None, "en", "de", "ja", "xx", ""]))
def test_any_post_gets_a_label(text, lang):
    post = label_post(text, lang)
    assert 0.0 <= post.confidence <= 1.0
    assert (post.label is PostLabel.REPORT) is (post.kind is PostKind.REPORT)


@given(st.text(alphabet="abcdefghijklm ", max_size=80))
def test_a_post_that_names_no_product_is_no_report(text):
    assert label_post(text).label is not PostLabel.REPORT
