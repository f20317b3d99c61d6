"""Words and facts as data: complete in each language, sound, and quick to read."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.content.language_file import placeholders, read_language
from bot.content.texts import COMPLETE, TextError, Texts, load_texts
from bot.content.values import confidence_key
from bot.domain.conversation import Phrase
from bot.domain.observation import Client, Feature, Health, Kind
from bot.domain.source_health import SourceState
from bot.domain.verdict import Outcome, Reason, Which

MORNING = datetime(2026, 11, 25, 8, 40, tzinfo=UTC)


@pytest.fixture(scope="session")
def texts() -> Texts:
    return load_texts()


def made_of(**languages: str) -> Texts:
    """Texts from documents in place of files."""
    read = {language: read_language(document) for language, document in languages.items()}
    assert not any(mistakes for _, mistakes in read.values())
    return Texts(sentences={language: sentences for language, (sentences, _) in read.items()})


@pytest.mark.parametrize("language", [language for language in COMPLETE if language != "en"])
def test_a_complete_language_has_every_sentence_with_the_same_placeholders(texts, language):
    english, other = texts.sentences["en"], texts.sentences[language]
    assert sorted(english.keys() - other.keys()) == []
    assert sorted(other.keys() - english.keys()) == []
    assert [key for key in english if placeholders(english[key]) != placeholders(other[key])] == []


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("verdict", Outcome),
        ("outcome", Outcome),
        ("why", Outcome),
        ("reason", Reason),
        ("which", Which),
        ("feature", Feature),
        ("client", Client),
        ("kind", Kind),
        ("health", Health),
        ("state", SourceState),
    ],
)
def test_each_word_of_the_domain_has_its_sentence(texts, family, members):
    assert [member for member in members if not texts.has(f"{family}.{member.value}")] == []


def test_button_titles_tell_themselves_apart(texts):
    for language in COMPLETE:
        titles = [said for key, said in texts.sentences[language].items() if key.startswith("button.")]
        assert len(titles) == len(set(titles))


def test_moments_are_said_in_the_readers_zone_with_the_day_only_when_it_is_another(texts):
    later = MORNING + timedelta(hours=1)
    said = [
        texts.say("verdict.at", "de", zone="Europe/Berlin", now=now, at=MORNING)
        for now in (later, later + timedelta(days=1))
    ]
    assert said == ["Geprüft 09:40.", "Geprüft Mi., 25. Nov., 09:40."]
    assert texts.say("verdict.at", "en", zone="No/Such", at=MORNING) == "Checked Wed 25 Nov, 08:40."


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (1240, "1,240", "1.240"),
        (0.4, "0.4", "0,4"),
        (30.4, "30", "30"),
        (timedelta(seconds=20), "20 s", "20 s"),
        (timedelta(minutes=15), "15 min", "15 min"),
        (timedelta(hours=2), "2 h", "2 h"),
        (timedelta(minutes=125), "2 h 5 min", "2 h 5 min"),
        (timedelta(hours=71), "3 days", "3 Tage"),
        (Feature.CHAT, "chat", "Chat"),
        ((Feature.CHAT, Feature.FILES), "chat and files", "Chat und Dateien"),
        (Phrase(key="count.posts", values={"n": 1}), "1 post", "1 Beitrag"),
        ("{at} <b>*x*</b>", "{at} <b>*x*</b>", "{at} <b>*x*</b>"),
    ],
)
def test_values_are_said_as_the_language_says_them_and_strings_stay_as_they_are(texts, value, english, german):
    assert texts.say("cant_see.other", "en", reason=value) == english
    assert texts.say("cant_see.other", "de", reason=value) == german


@pytest.mark.parametrize(("share", "said"), [(0.823, "82 %"), (0.999, "99 %"), (0.0, "1 %")])
def test_confidence_is_a_percentage_and_never_nothing_or_all(texts, share, said):
    words = Phrase(key=confidence_key(share))
    assert said in texts.say("confidence.line", "en", words=words, confidence=share)


def test_plurals_follow_the_language(texts):
    said = [texts.say("me_too.count", "en", n=n) for n in (1, 2)]
    assert said == ["1 person here has it too (last 15 minutes).", "2 people here have it too (last 15 minutes)."]
    polish = made_of(
        en='[count.posts]\none = "{n} post"\nother = "{n} posts"',
        pl='[count.posts]\none = "{n} post"\nfew = "{n} posty"\nmany = "{n} postów"\nother = "{n} posta"',
    )
    assert [polish.say("count.posts", "pl", n=n) for n in (1, 3, 5)] == ["1 post", "3 posty", "5 postów"]


@pytest.mark.parametrize(
    ("wanted", "default", "chosen"),
    [
        ("de-AT", "en", ("de", True)),
        ("EN_us", "de", ("en", True)),
        ("ja-JP", "de", ("de", False)),
        ("ja", "xx", ("en", False)),
        (None, "de", ("de", True)),
        ("", "de", ("de", True)),
    ],
)
def test_the_language_is_the_wished_one_or_the_default(texts, wanted, default, chosen):
    assert texts.choose(wanted, default) == chosen


def test_a_young_language_shows_english_where_it_has_no_sentence_yet():
    young = made_of(en='[note]\nempty = "Nothing."\nbye = "Bye."', nl='[note]\nbye = "Dag."')
    assert [young.say(key, "nl") for key in ("note.bye", "note.empty")] == ["Dag.", "Nothing."]


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("no.such", {}),
        ("verdict.at", {}),
        ("verdict.at", {"at": None}),
        ("verdict.at", {"at": True}),
        ("me_too.count", {"n": "three"}),
    ],
)
def test_a_missing_sentence_or_value_is_an_error_and_never_an_empty_place(texts, key, values):
    with pytest.raises(TextError):
        texts.say(key, "en", **values)


def test_phrases_that_go_round_in_circles_are_an_error(texts):
    values: dict[str, object] = {}
    loop = Phrase(key="cant_see.other", values=values)
    values["reason"] = loop
    with pytest.raises(TextError, match="deep"):
        texts.say(loop, "en")


@pytest.mark.parametrize(
    ("document", "mistake"),
    [
        ("a = ", "not TOML"),
        ("[a]\nb = 3", "a.b is not a text"),
        ('[a.b]\none = "x"\nother = 3', "a.b is not a text"),
        ('"a.b" = "x"\n[a]\nb = "y"', "a.b stands there twice"),
        ('a = "{x} {Y}"', "brace"),
        ('a = "{n|count.x}"', "no plural table"),
    ],
)
def test_mistakes_in_a_language_file_are_named(document, mistake):
    _, mistakes = read_language(document)
    assert len(mistakes) == 1
    assert mistake in mistakes[0]
