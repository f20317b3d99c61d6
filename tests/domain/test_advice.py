"""What people are told to do: rules that outrank every playbook, over the real catalogue and over all cases."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.content.catalogue import load_catalogue
from bot.domain.advice import TROUBLE, Advice, Asker, Case, StepId, advise, next_untried
from bot.domain.observation import Client, Feature
from bot.domain.playbook import Book, CodeRule, Effort, NotWhen, Playbook, Risk, Sort, Step, Who
from bot.domain.verdict import Outcome, Which

CATALOGUE = load_catalogue()
BOOK = CATALOGUE.book
SEED_STEPS = {  # what a person who looks the question up is told to try
    "check the login": "check-account-and-address",
    "try web, app or phone": "switch-client",
    "clear cache and cookies": "clear-browser-site-data",
    "scan for malware": "scan-malware",
    "restart the computer": "restart-device",
    "switch DNS": "change-dns",
    "proxy or VPN": "toggle-vpn",
    "else the provider": "contact-isp",
}
codes = st.sampled_from([entry.rule for entry in CATALOGUE.codes.exact.values()])
symptoms = st.sampled_from(sorted({word for book in BOOK.playbooks.values() for word in book.symptoms}))
step_ids = st.sampled_from(sorted(BOOK.steps))
cases = st.builds(
    Case,
    outcome=st.sampled_from(Outcome),
    confidence=st.floats(0, 1),
    feature=st.sampled_from(Feature),
    client=st.none() | st.sampled_from(Client),
    codes=st.lists(codes, max_size=2).map(tuple),
    symptom=st.none() | symptoms,
    which=st.none() | st.sampled_from(Which),
    role=st.sampled_from(Asker),
    at_work=st.booleans(),
    signin_trouble=st.booleans(),
    official_says=st.lists(step_ids, max_size=2).map(tuple),
    already_offered=st.lists(step_ids, max_size=6).map(tuple),
)


def of(outcome: str, feature: str = "all", *, code: str | None = None, confidence: float = 0.95, **known) -> Advice:
    rules = (CATALOGUE.code(code).rule,) if code else ()
    case = Case(outcome=Outcome(outcome), feature=Feature(feature), confidence=confidence, codes=rules, **known)
    return advise(case, BOOK)


def all_of(advice: Advice) -> tuple[StepId, ...]:
    return (*advice.steps, *advice.more)


def risks(step: StepId) -> frozenset[Risk]:
    return BOOK.steps[step].risks


@pytest.mark.parametrize(
    ("told", "steps"),
    [
        pytest.param(
            of("down", "signin"),
            "stay-signed-in wait-it-out subscribe-updates keep-working-elsewhere",
            id="sign-in is down: stay in, wait, work on",
        ),
        pytest.param(
            of("down", "presence"),
            "wait-it-out subscribe-updates keep-working-elsewhere",
            id="a short row is filled up with harmless steps",
        ),
        pytest.param(
            of("degraded", "chat"),
            "switch-client keep-and-resend wait-it-out subscribe-updates",
            id="degraded: one harmless check, then ways around",
        ),
        pytest.param(
            of("maintenance", "meetings"),
            "dial-in-by-phone move-the-meeting wait-it-out subscribe-updates",
            id="maintenance: dial in or move the meeting",
        ),
        pytest.param(
            of("your_org", "apps"),
            "ask-admin-consent contact-it ask-a-colleague",
            id="your organisation: ask for approval",
        ),
        pytest.param(
            of("your_network", "chat", at_work=False),
            "test-other-sites switch-network toggle-vpn restart-router contact-isp",
            id="at home the router and the provider are yours",
        ),
        pytest.param(
            of("your_network", "chat", at_work=True),
            "test-other-sites switch-network toggle-vpn contact-it",
            id="at work they are replaced by IT",
        ),
        pytest.param(
            of("just_you", "chat"),
            "quit-and-reopen switch-client keep-and-resend update-teams clear-teams-cache",
            id="just you: the cheap steps first",
        ),
        pytest.param(
            of("just_you", "chat", confidence=0.7),
            "switch-client keep-and-resend switch-network",
            id="not sure: nothing that may cost a draft",
        ),
        pytest.param(
            of("just_you", "client_start", client=Client.WEB),
            "quit-and-reopen switch-client restart-device contact-it",
            id="steps without an instruction for the client are dropped",
        ),
        pytest.param(
            of("just_you", "admin"),
            "it-sign-in-logs it-check-license-policy it-admin-diagnostics contact-it",
            id="whoever asks about administration is IT",
        ),
        pytest.param(
            of("unknown", "calling"),
            "switch-client dial-in-by-phone test-other-sites ask-a-colleague switch-network",
            id="unknown: checks that tell the cases apart",
        ),
        pytest.param(
            of("fine", "all"), "switch-client test-other-sites ask-a-colleague", id="fine: why it may fail all the same"
        ),
        pytest.param(
            of("just_you", "signin", code="AADSTS50173"),
            "sign-out-and-in contact-it retype-password complete-mfa",
            id="the session ended: signing in again comes first",
        ),
        pytest.param(
            of("just_you", "signin", code="AADSTS50126"),
            "retype-password check-account-and-address contact-it reset-password",
            id="a wrong password: nothing that signs out among the first three",
        ),
        pytest.param(
            of("just_you", "signin", code="AADSTS50053"),
            "wait-unlock contact-it switch-client",
            id="a locked account waits",
        ),
        pytest.param(
            of("unknown", "signin", code="0xCAA82EE7"),
            "test-other-sites flush-dns switch-network contact-it",
            id="a network code: prove the network first",
        ),
        pytest.param(
            of("down", "signin", code="AADSTS50126"),
            "stay-signed-in wait-it-out subscribe-updates keep-working-elsewhere",
            id="in an outage a code chooses nothing",
        ),
        pytest.param(
            of("just_you", "all", symptom="call_drops"),
            "lower-bandwidth switch-network toggle-vpn dial-in-by-phone contact-it",
            id="a symptom chooses its playbook",
        ),
        pytest.param(
            of("just_you", "all", symptom="blank", client=Client.WEB),
            "refresh-page private-window allow-cookies clear-browser-site-data switch-client",
            id="the same symptom in the browser chooses another",
        ),
        pytest.param(
            of("just_you", "chat", which=Which.APP, client=Client.MAC),
            "switch-client quit-and-reopen restart-device update-teams clear-teams-cache",
            id="only the desktop app fails",
        ),
        pytest.param(
            of("your_org", "all", symptom="call_drops"),
            "contact-it stay-signed-in switch-network keep-working-elsewhere",
            id="for an organisation a symptom repairs no device",
        ),
    ],
)
def test_the_steps_follow_from_verdict_feature_client_and_code(told, steps):
    assert " ".join(told.steps) == steps


def test_words_go_with_the_steps():
    down = of("down", "chat")
    assert (down.why, down.do_not, down.workaround) == ("why.down", "do_not.down", "workaround.down.chat")
    code = of("just_you", "signin", code="AADSTS50126")
    assert (code.why, code.do_not, code.codes) == ("why.password", "do_not.password", ("AADSTS50126",))
    assert of("fine").do_not is None


def test_an_aadsts_number_steers_before_a_windows_code():
    rules = tuple(CATALOGUE.code(code).rule for code in ("0xCAA20003", "AADSTS50076"))
    told = advise(Case(outcome=Outcome.JUST_YOU, confidence=0.9, feature=Feature.SIGNIN, codes=rules), BOOK)
    assert (told.codes, told.steps[0]) == (("AADSTS50076",), "complete-mfa")


def test_a_code_that_nobody_knows_gets_steps_without_harm():
    told = advise(
        Case(outcome=Outcome.JUST_YOU, confidence=0.9, codes=(CodeRule(code="0x1", playbook="unknown_code"),)), BOOK
    )
    assert told.steps == ("switch-client", "collect-evidence", "contact-it")


def test_microsofts_own_advice_comes_first_even_when_it_repairs_something():
    asked = of("degraded", "chat", official_says=(StepId("quit-and-reopen"),))
    assert asked.steps[:2] == ("quit-and-reopen", "switch-client")
    assert asked.official == ("quit-and-reopen",)


def test_microsofts_advice_to_sign_out_is_not_followed_while_sign_in_has_trouble():
    asked = of("degraded", "signin", official_says=(StepId("sign-out-and-in"),))
    assert "sign-out-and-in" not in all_of(asked)
    assert asked.do_not == "do_not.identity"


def test_people_of_it_get_their_own_tools():
    assert "it-report-to-microsoft" in of("your_org", "chat", role=Asker.IT).more
    assert "it-report-to-microsoft" not in all_of(of("your_org", "chat"))


def test_the_last_resorts_stand_at_the_end_and_never_for_a_code():
    assert of("just_you", "chat").more[-2:] == ("scan-malware", "reinstall-teams")
    assert "reinstall-teams" not in all_of(of("just_you", "signin", code="AADSTS50126"))


def test_what_was_offered_is_not_offered_again_but_the_it_team_always_is():
    first = of("just_you", "presence")
    again = of("just_you", "presence", already_offered=(*first.steps, *first.more))
    assert again.steps[0] == "contact-it"
    assert not set(again.steps[:3]) & set(first.steps[:4])


def test_next_untried_goes_through_all_steps_and_ends():
    told = of("just_you", "search")
    offered: list[StepId] = []
    while (step := next_untried(told, offered)) is not None:
        offered.append(step)
    assert offered == list(all_of(told))


@pytest.mark.parametrize("step", SEED_STEPS.values(), ids=SEED_STEPS)
def test_what_people_expect_to_be_told_is_in_the_catalogue(step):
    assert step in BOOK.steps


def test_a_second_check_waits_behind_more_steps_during_an_outage():
    looks = [Step(id=StepId(name), sort=Sort.CHECK, effort=Effort.SECONDS, who=Who.USER) for name in ("a", "b")]
    waits = [Step(id=StepId(name), sort=Sort.WAIT, effort=Effort.HOURS, who=Who.USER) for name in ("c", "d")]
    steps = {step.id: step for step in (*looks, *waits)}
    row = Playbook(id="row", why="why.down", steps=tuple(steps))
    book = Book(steps=steps, rows={(Outcome.DOWN, Feature.ALL): row}, playbooks={}, fill={Outcome.DOWN: ()})
    told = advise(Case(outcome=Outcome.DOWN, confidence=0.9), book)
    assert (told.steps, told.more) == (("a", "c", "d"), ("b",))


def test_a_poor_book_shows_what_it_has():
    only = Step(id=StepId("wait"), sort=Sort.WAIT, effort=Effort.HOURS, who=Who.USER)
    row = Playbook(id="row", why="why.down", steps=(only.id,))
    poor = Book(steps={only.id: only}, rows={(Outcome.DOWN, Feature.ALL): row}, playbooks={}, fill={Outcome.DOWN: ()})
    assert advise(Case(outcome=Outcome.DOWN, confidence=0.9), poor).steps == ("wait",)


def test_how_a_step_is_done_depends_on_the_client_only_where_it_differs():
    quit_step = BOOK.steps[StepId("quit-and-reopen")]
    assert quit_step.how_key(Client.MAC) == "step.quit-and-reopen.how.mac"
    assert quit_step.how_key(None) == "step.quit-and-reopen.how.all"
    assert BOOK.steps[StepId("contact-it")].how_key(Client.MAC) == "step.contact-it.how.all"


@given(cases)
@example(Case(outcome=Outcome.DOWN, confidence=0.9, feature=Feature.SIGNIN, role=Asker.IT))
def test_three_to_five_steps_are_shown_and_none_twice(case):
    told = advise(case, BOOK)
    assert 3 <= len(told.steps) <= 5
    assert len(set(all_of(told))) == len(all_of(told))


@given(cases)
def test_nothing_ends_a_session_while_sign_in_is_in_doubt(case):
    told = advise(case, BOOK)
    at_the_door = case.outcome in TROUBLE and case.feature is Feature.SIGNIN
    if case.signin_trouble or at_the_door or any(rule.theirs for rule in case.codes):
        assert not any(Risk.SIGN_OUT in risks(step) for step in all_of(told))
        own = [BOOK.steps[step] for step in all_of(told) if step not in case.official_says]
        assert not any(NotWhen.IDENTITY in step.not_when for step in own)
        assert told.do_not == "do_not.identity"


@given(cases, st.floats(0, 0.799))
def test_below_the_threshold_no_session_and_no_draft_is_risked(case, confidence):
    told = advise(replace(case, confidence=confidence), BOOK)
    assert not any(risks(step) & {Risk.SIGN_OUT, Risk.DRAFTS} for step in all_of(told))


@given(cases)
def test_while_the_verdict_is_unknown_nothing_with_a_risk_is_shown(case):
    told = advise(replace(case, outcome=Outcome.UNKNOWN), BOOK)
    assert not any(risks(step) for step in all_of(told))


@given(cases.filter(lambda case: case.outcome in TROUBLE))
def test_an_outage_shows_one_check_at_most_and_no_repair_that_nobody_official_asked_for(case):
    told = advise(case, BOOK)
    own = [BOOK.steps[step] for step in told.steps if step not in case.official_says]
    assert sum(step.sort is Sort.CHECK for step in own) <= 1
    further = [BOOK.steps[step] for step in all_of(told) if step not in case.official_says]
    assert not any(step.sort is Sort.REPAIR or NotWhen.OUTAGE in step.not_when for step in further)


@given(cases)
def test_a_sign_out_is_never_among_the_first_three_unless_the_code_or_microsoft_says_so(case):
    told = advise(case, BOOK)
    excused = any(rule.ended for rule in case.codes)
    early = [step for step in told.steps[:3] if Risk.SIGN_OUT in risks(step) and step not in case.official_says]
    assert excused or not early


@given(cases)
@example(
    Case(
        outcome=Outcome.JUST_YOU,
        confidence=0.9,
        codes=tuple(CATALOGUE.code(code).rule for code in ("AADSTS50126", "AADSTS50053")),
    )
)
def test_a_step_that_a_code_forbids_is_not_shown(case):
    told = advise(replace(case, official_says=()), BOOK)
    for step in (BOOK.steps[step] for step in all_of(told)):
        assert not any(rule.code.startswith(step.not_codes) for rule in case.codes)


@given(cases)
def test_official_advice_that_does_no_harm_leads(case):
    told = advise(replace(case, already_offered=(), at_work=False), BOOK)
    named = [step for step in dict.fromkeys(case.official_says) if step in all_of(told)]
    assert list(told.steps[: len(named)]) == named


@given(cases)
def test_every_step_has_an_instruction_for_the_client_and_is_for_the_reader(case):
    told = advise(case, BOOK)
    for step in (BOOK.steps[step] for step in all_of(told)):
        assert case.client is None or not step.clients or case.client in step.clients
        assert step.who is not Who.IT or case.role is Asker.IT or case.feature is Feature.ADMIN


@given(cases)
def test_at_work_nobody_is_told_to_touch_what_is_not_theirs(case):
    told = advise(replace(case, at_work=True, official_says=()), BOOK)
    assert not {"restart-router", "contact-isp", "change-dns"} & set(all_of(told))


@given(cases)
def test_the_last_resorts_are_last(case):
    told = advise(replace(case, outcome=Outcome.JUST_YOU, codes=(), symptom=None, which=None, official_says=()), BOOK)
    last = [step for step in told.more if step in BOOK.last]
    assert not set(told.steps) & set(BOOK.last)
    assert list(told.more[len(told.more) - len(last) :]) == last


def test_a_step_that_needs_the_sign_in_is_left_out_while_sign_in_is_in_doubt():
    book = load_catalogue().book
    step = next(
        step for step in book.steps.values() if NotWhen.IDENTITY in step.not_when and Risk.SIGN_OUT not in step.risks
    )
    mine = CodeRule(code="AADSTS90033", playbook=next(iter(book.playbooks)), steps=(step.id,))
    case = Case(outcome=Outcome.JUST_YOU, confidence=0.95, codes=(mine,))

    assert step.id in all_of(advise(case, book))
    assert step.id not in all_of(advise(replace(case, codes=(replace(mine, theirs=True),)), book))


def test_a_row_that_names_a_repair_during_an_outage_is_not_obeyed():
    row = BOOK.rows[Outcome.DOWN, Feature.ALL]
    wrong = replace(row, steps=(StepId("flush-dns"), StepId("test-other-sites"), *row.steps))
    book = replace(BOOK, rows={**BOOK.rows, (Outcome.DOWN, Feature.ALL): wrong})
    advice = advise(Case(outcome=Outcome.DOWN, confidence=0.95, client=Client.WINDOWS, at_work=False), book)

    assert not {"flush-dns", "test-other-sites"} & set(all_of(advice))
