"""What people write to the bot is understood: what they ask for, of which part, on which client, since when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.observation import Client, Feature
from bot.understand.intent import understand
from bot.understand.rules import Guess
from tests.understand.sentences import LANGUAGES, cases

NOW = datetime(2026, 11, 25, 13, 30, tzinfo=UTC)
WORDS = (
    "Teams",
    "down",
    "is",
    "not",
    "nicht",
    "geht",
    "Ausfall",
    "since",
    "9",
    "yesterday",
    "?",
    ".",
    "login",
    "障害",
    "崩了",
)
SENTENCES = [
    pytest.param(text, wanted, id=f"{lang}-{text}") for lang in LANGUAGES for text, wanted in cases(lang, "intent")
]


@pytest.mark.parametrize(("text", "wanted"), SENTENCES)
def test_a_sentence_is_understood_in_its_language(text, wanted):
    assert understand(text, now=NOW).name == wanted


@pytest.mark.parametrize(("text", "wanted"), cases("talk", "intent"))
def test_small_talk_and_typed_commands_are_understood(text, wanted):
    assert understand(text, now=NOW).name == wanted


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("I can't sign in to Teams", Feature.SIGNIN),
        ("calls drop since 9", Feature.CALLING),
        ("nobody can hear me in meetings", Feature.CALLING),
        ("can't join the meeting", Feature.MEETINGS),
        ("ich kann dem Meeting nicht beitreten", Feature.MEETINGS),
        ("chat messages don't arrive in Teams", Feature.CHAT),
        ("Nachrichten in Teams kommen nicht an", Feature.CHAT),
        ("my Teams status is stuck on away", Feature.PRESENCE),
        ("Teams notifications don't show up", Feature.NOTIFICATIONS),
        ("files in Teams won't open", Feature.FILES),
        ("the Teams calendar is empty", Feature.CALENDAR),
        ("Teams search returns nothing", Feature.SEARCH),
        ("the planner tab in Teams fails", Feature.APPS),
        ("the town hall in Teams does not start", Feature.LIVE_EVENTS),
        ("Teams admin center does not load", Feature.ADMIN),
        ("Teams won't start", Feature.CLIENT_START),
        ("is Teams down?", None),
    ],
)
def test_the_part_with_the_trouble_is_told(text, feature):
    assert understand(text, now=NOW).feature == feature


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("Teams won't open on my iPhone", Client.IOS),
        ("Teams in Chrome shows a blank page", Client.WEB),
        ("Teams stürzt unter Windows 11 ab", Client.WINDOWS),
        ("Teams app on Android keeps crashing", Client.ANDROID),
        ("can't get Teams to start on my MacBook", Client.MAC),
        ("Teams under Ubuntu has no sound", Client.LINUX),
        ("Teams in Citrix is extremely slow", Client.VDI),
        ("works fine in the browser, but the desktop app won't load Teams", Client.WINDOWS),
        ("is Teams down?", None),
    ],
)
def test_the_client_with_the_trouble_is_told(text, client):
    assert understand(text, now=NOW).client == client


@pytest.mark.parametrize(
    ("text", "service", "name"),
    [
        ("is Outlook down?", "exchange", "ask_status"),
        ("Ist Exchange gerade gestört?", "exchange", "ask_status"),
        ("is SharePoint down for everyone?", "sharepoint", "ask_status"),
        ("is Microsoft 365 down?", "m365", "ask_status"),
        ("are Teams and Outlook both down?", "teams", "ask_status"),
        ("Outlook keeps freezing", "exchange", "other"),
        ("is Zoom down?", "teams", "other"),
    ],
)
def test_the_service_that_is_asked_about_is_told(text, service, name):
    intent = understand(text, now=NOW)
    assert (intent.service, intent.name) == (service, name)


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("is Teams down?", False),
        ("Hat Teams eine Störung?", False),
        ("teams status", False),
        ("Teams won't load, is it just me?", True),
        ("Komme nicht in Teams rein, geht es euch auch so?", True),
        ("Teams is down", True),
        ("Mein Teams startet nicht", True),
        ("nobody hears me in the meeting", True),
    ],
)
def test_asking_in_general_is_told_from_a_symptom(text, symptom):
    assert understand(text, now=NOW).symptom is symptom


@pytest.mark.parametrize(
    ("text", "addressed"),
    [
        ("is Teams down?", True),
        ("how do I create a team in Teams?", True),
        ("hello", True),
        ("Zoom is down", False),
        ("both teams played well", False),
        ("what's for lunch?", False),
    ],
)
def test_what_is_not_for_us_is_told(text, addressed):
    assert understand(text, now=NOW).addressed is addressed


@pytest.mark.parametrize(
    ("text", "command", "argument"),
    [
        ("language german", "language", "de"),
        ("Sprache: Deutsch", "language", "de"),
        ("language klingon", "language", "klingon"),
        ("site New York", "site", "New York"),
        ("mute 2h", "mute", "2h"),
        ("unmute", "unmute", ""),
        ("subscribe", "subscribe", ""),
        ("subscribe to calls early signs drills in Berlin", "subscribe", "calls early signs drills in Berlin"),
        ("abonniere Anruf-Störungen", "subscribe", "Anruf-Störungen"),
        ("tell me when it's back", "tell_back", ""),
        ("Sag mir Bescheid, wenn es wieder geht!", "tell_back", ""),
        ("Please let us know once calls are working again.", "tell_back", ""),
        ("Gebt uns bitte Bescheid, sobald Teams wieder läuft", "tell_back", ""),
        ("announcements", "announcements", ""),
        ("announce", "announce", ""),
        ("announce cancel 7K2M9QXZ", "announce", "cancel 7K2M9QXZ"),
        ("announce text 7k2m9qxz 2", "announcement_text", "7k2m9qxz 2"),
        ("announce text messages stop", "announce", "text messages stop"),
        ("announce Maintenance at 22:00", "announce", "Maintenance at 22:00"),
        ("help", "help", ""),
        ("whoami", "whoami", ""),
        ("teams won't load", "status", ""),
        ("thanks!", "thanks", ""),
    ],
)
def test_a_command_carries_its_argument(text, command, argument):
    intent = understand(text, now=NOW)
    assert (intent.command, intent.argument) == (command, argument)


@pytest.mark.parametrize(
    "text",
    [
        "the mute button is broken in Teams",
        "site is down",
        "help me, Teams won't start",
        "help is on the way, Teams is broken",
    ],
)
def test_a_sentence_that_begins_like_a_command_stays_a_sentence(text):
    assert understand(text, now=NOW).command in {"status", "other"}
    assert understand(text, now=NOW).argument == ""


def test_everything_that_is_said_comes_out_together():
    intent = understand("Teams calls fail in Germany on my iPhone since 9:15, error 503", now=NOW, zone="Europe/Berlin")
    assert (intent.feature, intent.client, intent.region) == (Feature.CALLING, Client.IOS, "DE")
    assert intent.since == datetime(2026, 11, 25, 8, 15, tzinfo=UTC)
    assert intent.codes == ("HTTP 503",)


def test_another_scorer_can_take_the_place_of_the_rules():
    intent = understand(
        "anything", now=NOW, scorer=lambda reading: Guess(intent="thanks", confidence=0.5, rule="trained")
    )
    assert (intent.name, intent.confidence) == ("thanks", 0.5)


@given(st.text(max_size=400), st.sampled_from(["Europe/Berlin", "Asia/Tokyo", "nowhere", ""]))
@example("\x00" * 300, "UTC")
@example("?" * 50, "UTC")
@example("since 99999999999 hours", "UTC")
@example("/" * 40, "UTC")
def test_any_text_is_understood_as_something(text, zone):
    intent = understand(text, now=NOW, zone=zone)
    assert 0.0 <= intent.confidence <= 1.0
    assert intent.since is None or NOW - timedelta(days=46) <= intent.since <= NOW


@given(
    st.lists(
        st.sampled_from(WORDS),
        max_size=25,
    )
)
def test_words_that_mean_something_are_understood_in_any_order(words):
    assert understand(" ".join(words), now=NOW).name
