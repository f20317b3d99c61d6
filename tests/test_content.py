"""Words and facts as data: complete in each language, sound, and quick to read."""

import re
import shutil
import time
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest

from bot.content.catalogue import Catalogue, CatalogueError, load_catalogue, missing_words
from bot.content.language_file import placeholders, read_language
from bot.content.texts import COMPLETE, TextError, Texts, load_texts
from bot.content.values import confidence_key
from bot.domain.conversation import Phrase
from bot.domain.observation import Client, Feature, Health, Kind, Observation, ServiceId, SourceId
from bot.domain.source_health import SourceState
from bot.domain.verdict import Outcome, Reason, Verdict, Which

MORNING = datetime(2026, 11, 25, 8, 40, tzinfo=UTC)


@pytest.fixture(scope="session")
def texts() -> Texts:
    return load_texts()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The data files in a folder of their own, to be broken."""
    return Path(shutil.copytree(str(resources.files("bot.content")), tmp_path / "content"))


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


def test_mistakes_in_language_files_are_told_all_at_once(copy):
    languages = copy / "languages"
    (languages / "fr.toml").write_text("[a]\nb = 1\n", encoding="utf-8")
    (languages / "nl.toml").write_text("a = ", encoding="utf-8")
    with pytest.raises(TextError, match=r"fr.toml: a.b is not a text\nnl.toml: is not TOML"):
        load_texts(languages)


def test_the_catalogue_has_every_word_that_it_needs_and_no_step_too_many(catalogue, texts):
    assert missing_words(catalogue, texts) == []
    steps = {key.split(".")[1] for key in texts.sentences["en"] if key.startswith("step.")}
    assert steps == set(catalogue.book.steps)


def test_an_instruction_for_one_client_is_announced_by_its_step(catalogue, texts):
    said = {key for key in texts.sentences["en"] if re.fullmatch(r"step\.[a-z-]+\.how\.(?!all)\w+", key)}
    steps = catalogue.book.steps.values()
    assert said == {f"step.{step.id}.how.{client}" for step in steps for client in step.how}


def test_no_sentence_about_steps_codes_or_playbooks_is_left_over(catalogue, texts):
    books = (*catalogue.book.rows.values(), *catalogue.book.playbooks.values())
    entries = (*catalogue.codes.exact.values(), *(entry for _, entry in catalogue.codes.families))
    used = {key for book in books for key in (book.why, book.do_not, book.workaround)}
    used |= {entry.meaning for entry in entries} | {"do_not.identity"}
    families = ("why.", "do_not.", "workaround.", "code.")
    assert {key for key in texts.sentences["en"] if key.startswith(families)} - used == set()


@pytest.mark.parametrize(
    ("code", "meaning", "exact"),
    [
        ("0xCAA70007", "download_broke_off", True),
        ("0xcaa70007", "download_broke_off", True),
        ("AADSTS50126", "wrong_password", True),
        ("80180014", "device_kind_refused", True),
        ("1001", "windows_signin_part", True),
        ("4c7", "signin_form_missing", True),
        ("HTTP 503", "http_503", True),
        ("12007", "name_not_found", True),
        ("0xCAA301AA", "family_http_4xx", False),
        ("0xCAA301FA", "family_http_5xx", False),
        ("0xCAA3012C", "family_http", False),
        ("0xCAA82F99", "family_tls", False),
        ("0xCAA82EE1", "family_network", False),
        ("0xCAA20009", "family_oauth", False),
        ("0x8AA90001", "family_warning", False),
        ("0x80180099", "family_enrol", False),
        ("0x102", "family_network", False),
        ("12150", "family_network", False),
        ("HTTP 418", "family_http_4xx", False),
        ("AADSTS50999", "family_signin", False),
        ("AADSTS500999", "family_between_orgs", False),
        ("AADSTS7000999", "family_app_secret", False),
        ("AADSTS99999", "family_signin_any", False),
    ],
)
def test_a_code_is_explained_by_itself_or_by_its_family(catalogue, code, meaning, exact):
    entry = catalogue.code(code)
    assert (entry.meaning, entry.exact) == (f"code.{meaning}", exact)
    assert entry.rule.code == entry.code


@pytest.mark.parametrize("code", ["0xDEADBEEF", "HTTP 200", "4711", ""])
def test_a_code_without_a_family_is_not_guessed(catalogue, code):
    assert catalogue.code(code) is None


def test_sign_in_numbers_link_to_microsofts_own_page(catalogue):
    assert catalogue.code("AADSTS50126").link == "https://login.microsoftonline.com/error?code=50126"
    assert catalogue.code("AADSTS50999").link == "https://login.microsoftonline.com/error?code=50999"
    assert catalogue.code("0xCAA70007").link is None


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("AADSTS50126", "AADSTS50126: The user name or the password is wrong. You can do something about it yourself."),
        ("AADSTS53999", "AADSTS53999 is not in our list. It probably means this: Access rules or the state of "
         "the device block it. Your IT team can change that."),
        ("0xDEADBEEF", "0xDEADBEEF is not in our list, and we do not guess. Keep the whole message for your IT team."),
    ],
)  # fmt: skip
def test_a_code_is_told_in_words_and_only_as_surely_as_it_is_known(catalogue, texts, code, told):
    assert texts.say(catalogue.explain(code), "en") == told


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("It says: We’re  sorry, we’ve run into an issue", "wont_start"),
        ("teams zeigt nur: Down for maintenance", "being_maintained"),
        ("calls drop since 9", "call_drops"),
        ("is teams down?", None),
    ],
)
def test_words_on_the_screen_name_a_symptom(catalogue, text, symptom):
    assert catalogue.symptom(text) == symptom


def test_an_official_text_names_steps_in_its_own_order(catalogue):
    text = "We recommend to sign out and sign back in, or to fully quit and restart Teams. Please restart Teams."
    assert catalogue.official_steps(text) == ("sign-out-and-in", "quit-and-reopen")


def verdict(outcome: str, text: str = "", **known) -> Verdict:
    official = Observation(
        source=SourceId("graph"),
        kind=Kind.OFFICIAL_TENANT,
        origin="microsoft",
        key="TM1",
        service=ServiceId("teams"),
        health=Health.DEGRADED,
        seen_at=MORNING,
        until=MORNING + timedelta(hours=1),
        text=text,
    )
    told = {"confidence": 0.95, "reason": Reason.OFFICIAL_SAYS, "service": ServiceId("teams"), "at": MORNING}
    return Verdict(outcome=Outcome(outcome), official=official, **(told | known))


def test_advice_on_a_verdict_takes_over_what_microsoft_advises_now_but_not_what_is_past(catalogue):
    text = "Users may restart the Teams client."
    assert catalogue.advise(verdict("degraded", text), feature=Feature.CHAT).steps[0] == "quit-and-reopen"
    assert catalogue.advise(verdict("unknown", text), feature=Feature.CHAT).steps[0] == "check-official-status"


def test_advice_on_a_verdict_knows_when_sign_in_is_the_cause(catalogue):
    told = catalogue.advise(verdict("down", cause=ServiceId("signin")))
    assert told.do_not == "do_not.identity"
    told = catalogue.advise(verdict("down", service=ServiceId("signin")))
    assert told.do_not == "do_not.identity"


def test_advice_on_a_verdict_explains_codes_known_and_unknown(catalogue):
    told = catalogue.advise(verdict("just_you"), feature=Feature.SIGNIN, codes=("0xDEADBEEF",))
    assert (told.why, told.codes) == ("why.unknown_code", ("0xDEADBEEF",))
    told = catalogue.advise(verdict("just_you"), feature=Feature.SIGNIN, codes=("0xDEADBEEF", "AADSTS50055"))
    assert (told.why, told.codes, told.steps[0]) == ("why.password", ("AADSTS50055",), "reset-password")


def test_what_teams_leans_on_is_a_service_too(catalogue):
    teams = catalogue.services[ServiceId("teams")]
    assert set(teams.leans_on) == set(catalogue.services) - {"teams"}
    assert set(teams.features) == set(Feature)
    assert {"status_page", "x_search", "downdetector", "istheservicedown"} <= set(teams.links)


@pytest.mark.parametrize(
    ("file", "old", "new", "mistake"),
    [
        ("steps.toml", 'effort = "s"', 'effort = "x"', "Invalid enum value 'x'"),
        ("steps.toml", 'sort = "check"', 'sort = "check"\ncolour = "red"', "has 'colour', which nobody reads"),
        ("steps.toml", "[check-official-status]", "[check-status]", "'check-official-status', which is no step"),
        ("steps.toml", 'how = ["web"]', 'how = ["web"]\nclients = ["mac"]', "for a client that it is not for"),
        ("playbooks.toml", "[at_work]", "[at_work", "is not TOML"),
        ("playbooks.toml", '["signin"]', '["chat"]', "has no row for down and signin"),
        ("playbooks.toml", '["signin"]', '["chat"]', "chat stands there twice"),
        ("playbooks.toml", '"keep-and-resend", ', '"quit-and-reopen", ', "quit-and-reopen is not for down"),
        ("playbooks.toml", '"keep-and-resend", ', '"quit-and-reopen", ', "is never shown during an outage"),
        ("playbooks.toml", '"keep-and-resend", ', '"dial-in-by-phone", ', "is not for all of these features"),
        ("playbooks.toml", 'id = "locked"', 'id = "password"', "playbook password: stands there twice"),
        ("playbooks.toml", 'symptoms = ["missing_out"]\n', "", "has words on the screen but no symptom"),
        ("playbooks.toml", 'down = ["wait-it-out", ', 'down = ["switch-client", ', "no checks during an outage"),
        ("playbooks.toml", 'fine = ["switch-client", ', 'fine = ["scan-nothing", ', "names 'scan-nothing'"),
        ("playbooks.toml", 'just_you = ["switch-client", ', 'just_you = ["refresh-page", ', "is not for everybody"),
        ("playbooks.toml", 'outcome = "unknown"\nfeatures = ["files"]\nsteps = ["open-in-sharepoint", ',
         'outcome = "unknown"\nfeatures = ["files"]\nsteps = ["quit-and-reopen", ', "has a risk"),
        ("playbooks.toml", 'workaround = "down.chat"', "workaround = 3", "Expected `str | null`, got `int`"),
        ("playbooks.toml", 'texts = ["do_not"]', 'texts = ["why"]', "Invalid enum value 'why'"),
        ("codes.tsv", "AADSTS50034\t", "AADSTS50053\t", "AADSTS50053 stands there twice"),
        ("codes.tsv", "\tlocked\t", "\tlock\t", "names 'lock', which is no playbook"),
        ("codes.tsv", "\twait-unlock\t", "\twait-lock\t", "names 'wait-lock', which is no step"),
        ("codes.tsv", "\tended\t", "\tover\t", "says 'over', not 'ended' or 'theirs'"),
        ("codes.tsv", "\tyou\t", "\tme\t", "Invalid enum value 'me'"),
        ("codes.tsv", "\tlocked\t", "\t", "does not have the columns"),
        ("codes.tsv", "~0x8018....", "~0x8018(", "is no pattern"),
        ("services/teams.toml", '"m365"]', '"yammer"]', "leans on 'yammer', which is no other service"),
        ("services/teams.toml", '"ms teams"', '"MS Teams"', "'MS Teams' is not lower case"),
        ("services/teams.toml", 'downdetector = "https:', 'downdetector = "http:', "link downdetector is not https"),
        ("services/teams.toml", '"admin", "all"', '"admin"', "lacks the feature 'all'"),
        ("services/teams.toml", "products = [", "products = 1 # [", "services/teams.toml"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_data_file_is_named_at_start(copy, file, old, new, mistake):
    document = (copy / file).read_text(encoding="utf-8")
    assert old in document
    (copy / file).write_text(document.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as failed:
        load_catalogue(copy)
    assert mistake in str(failed.value)


def test_mistakes_in_several_files_are_told_at_once(copy):
    for file, old, new in (("steps.toml", 'effort = "s"', 'effort = "x"'), ("codes.tsv", "\tyou\t", "\tme\t")):
        document = (copy / file).read_text(encoding="utf-8")
        (copy / file).write_text(document.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as failed:
        load_catalogue(copy)
    assert {line.split(",")[0] for line in str(failed.value).splitlines()} >= {"steps.toml", "codes.tsv"}


def test_words_and_facts_are_read_before_a_start_seems_slow():
    started = time.process_time()
    load_texts()
    load_catalogue()
    assert time.process_time() - started < 10, "a twentieth of a second on an idle machine"
