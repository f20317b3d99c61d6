"""A time line of a day plays through the real judge, a verdict a minute; nothing is looked at before its moment."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.replay import replay_lines

COLUMNS = ("relevant", "ok")
START = datetime(2031, 3, 4, 8, 0, tzinfo=UTC)


def at(minute):
    return f"{START + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"


def line(minute, source, kind, **said):
    return json.dumps({"t": at(minute), "source": source, "kind": kind, **said})


def packed(minute, source, kind, count, every_s=60, **said):
    columns = {name: values for name, values in said.items() if name in COLUMNS and isinstance(values, list)}
    plain = {name: value for name, value in said.items() if name not in columns}
    return line(minute, source, kind, repeat={"every_s": every_s, "count": count, "each": columns}, **plain)


def setup(minutes, **said):
    return line(0, "operator", "setup", replay="a morning", service="teams", end=at(minutes), **said)


def quiet(minutes):
    """Everything well: probes, neutral checks, official words, a busy crowd and a quiet network."""
    place = {"from": "cloud", "ok": 1, "status": 200}
    return [
        setup(minutes),
        *(packed(0, "probe", "result", minutes, target=key, **place) for key in ("teams_web", "teams_chat", "signin")),
        *(packed(0, "neutral", "result", minutes, target=key, **place) for key in ("site_a", "site_b", "site_c")),
        packed(0, "graph", "overview", minutes, service_status="serviceOperational", open=[]),
        packed(0, "ms_public", "status", minutes // 5, 300, state="available", title="All is well", message=""),
        packed(0, "downdetector", "count", minutes // 5, 300, country="DE", window_s=900, reports=6, baseline=6),
        packed(0, "mastodon", "count", minutes // 5, 300, window_s=300, relevant=0, irrelevant=0),
    ]


def play(lines):
    told = list(replay_lines(lines))
    return [each for each in told if "t" in each], [each for each in told if "error" in each]


def outcomes(lines):
    return [each["verdict"] for each in play(lines)[0]]


def test_a_quiet_hour_is_told_minute_by_minute():
    verdicts, errors = play(quiet(60))

    assert not errors
    assert [each["t"] for each in verdicts] == [at(minute) for minute in range(60)]
    assert {each["verdict"] for each in verdicts} == {"fine"}
    assert set(verdicts[0]) >= {"replay", "t", "verdict", "confidence", "probs", "feature", "incident", "alerts"}
    assert (verdicts[0]["replay"], verdicts[0]["incident"], verdicts[0]["alerts"]) == ("a morning", None, [])
    assert sum(verdicts[0]["probs"].values()) == pytest.approx(1, abs=0.001)


def test_an_outage_is_named_within_minutes_and_ends_when_it_ends():
    cries = [0] * 20 + [9] * 20 + [0] * 60
    issue = {"id": "TM7", "service": "Microsoft Teams", "classification": "incident", "feature": "Chat"}
    told = {"title": "Chat messages do not arrive", "body": "Users in Europe.", "start": at(20), "end": None}
    story = [
        *quiet(100),
        packed(0, "x", "count", 100, window_s=60, irrelevant=0, relevant=cries),
        packed(20, "probe", "result", 20, target="teams_chat", **{"from": "cloud"}, ok=0, status=503, phase="http"),
        line(30, "graph", "issue", status="serviceDegradation", updated=at(30), **issue, **told),
        packed(30, "graph", "overview", 12, service_status="serviceDegradation", open=["TM7"]),
        line(42, "graph", "issue", status="serviceRestored", updated=at(42), **issue, **(told | {"end": at(41)})),
        line(31, "x", "post", id="1", account="official", text="We look into chat trouble in Teams"),
        line(43, "x", "post", id="2", account="official", text="Teams chat is restored"),
        line(32, "x", "post", id="3", account="user", text="Teams down?"),
    ]

    verdicts, _ = play(story)
    said = [each["verdict"] for each in verdicts]

    assert set(said[:20]) == {"fine"}
    assert "degraded" in said[20:25]
    assert set(said[31:42]) == {"degraded"}
    assert verdicts[35]["feature"] == "chat"
    assert set(said[75:]) == {"fine"}


def test_an_outage_is_one_incident_from_its_first_sign_to_its_end():
    cries = [0] * 20 + [9] * 20 + [0] * 110
    down = {"from": "cloud", "ok": 0, "status": 503, "phase": "http"}
    story = [
        *quiet(150),
        packed(0, "x", "count", 150, window_s=60, irrelevant=0, relevant=cries),
        packed(20, "probe", "result", 20, target="teams_chat", **down),
        packed(21, "probe", "result", 20, target="teams_web", **down),
    ]

    verdicts, _ = play(story)
    steps = [(minute, alert) for minute, each in enumerate(verdicts) for alert in each["alerts"]]
    kinds = [alert["kind"] for _, alert in steps]

    assert steps[0] == (steps[0][0], {"kind": "opened", "revision": 1})
    assert 20 <= steps[0][0] <= 25
    assert kinds[-2:] == ["recovering", "over"]
    assert [alert["revision"] for _, alert in steps] == list(range(1, len(steps) + 1))
    assert len({each["incident"] for each in verdicts[steps[0][0] : steps[-1][0] + 1]}) == 1
    assert {each["incident"] for each in verdicts[steps[-1][0] + 1 :]} == {None}


def test_a_site_that_loses_its_line_is_the_network_and_not_teams():
    dark = {"from": "site:Graz", "ok": 0, "status": 0, "phase": "dns"}
    story = [
        *quiet(30),
        *(packed(10, "neutral", "result", 20, target=key, **dark) for key in ("site_a", "site_b", "site_c")),
        packed(10, "probe", "result", 20, target="teams_web", **dark),
    ]

    said = outcomes(story)

    assert set(said[:10]) == {"fine"}
    assert set(said[12:]) == {"your_network"}


def test_colleagues_alone_are_the_organisation():
    story = [
        *quiet(30),
        packed(10, "me_too", "count", 10, 120, have_it=8, works=0, sites={"a": 4, "b": 4}, features={"chat": 6}),
        packed(10, "probe", "result", 20, target="tenant_signin", **{"from": "cloud"}, ok=0, code="AADSTS53003"),
    ]

    assert set(outcomes(story)[14:]) == {"your_org"}


def test_one_persons_tests_and_code_make_it_theirs():
    asked = {"person": "p", "via": "teams", "colleagues_ok": True, "web_ok": None, "error_code": "AADSTS50053"}
    story = [*quiet(90), line(10, "asker", "answer", client="windows", **asked)]

    story.append(line(5, "asker", "answer", via="web", site="home"))
    said = outcomes(story)

    assert set(said[:10]) == {"fine"}
    assert set(said[10:70]) == {"just_you"}
    assert set(said[70:]) == {"fine"}


def test_a_code_that_the_catalogue_does_not_know_says_nothing():
    story = [*quiet(20), line(5, "asker", "answer", via="web", error_code="no-such-code")]

    assert set(outcomes(story)[5:]) == {"just_you"}


def test_an_announced_window_is_maintenance_until_it_is_ended():
    plan = {"id": "M", "feature": "calling", "from": at(10), "title": "Telephony"}
    story = [
        *quiet(60),
        line(0, "operator", "maintenance", state="announced", to=at(40), **plan),
        line(30, "operator", "maintenance", state="ended", to=at(40), **plan),
        line(0, "graph", "message", id="MC1", category="stayInformed", title="News", window=None),
        line(1, "graph", "message", id="MC2", title="Without an end", window={"from": at(5), "to": None}),
    ]

    verdicts, _ = play(story)
    said = [each["verdict"] for each in verdicts]

    assert set(said[10:30]) == {"maintenance"}
    assert set(said[:10]) | set(said[30:]) == {"fine"}
    assert verdicts[20]["feature"] == "calling"


def test_a_source_that_fails_or_is_frozen_makes_us_less_sure_and_is_no_zero():
    without = [each for each in quiet(40) if '"downdetector"' not in each and '"ms_public"' not in each]
    story = [
        *without,
        packed(0, "downdetector", "fail", 8, 300, error="403_challenge"),
        packed(0, "ms_public", "status", 8, 300, state="available", title="", message="", as_of=at(-2000)),
        line(5, "x", "fail", error="429"),
        line(6, "x", "count", window_s=60, relevant=0, irrelevant=2),
    ]

    def sure(lines):
        return play(lines)[0][-1]["confidence"]

    assert sure(story) < sure(quiet(40))


def test_trouble_of_others_is_not_trouble_of_teams():
    told = {
        "classification": "incident",
        "start": at(0),
        "end": None,
        "updated": at(1),
        "feature": "Access",
        "body": "",
    }
    mail = {"id": "EX1", "service": "Exchange Online", "status": "investigating", "title": "Mail is late"}
    copilot = {"id": "MO1", "service": "Microsoft 365 suite", "status": "serviceInterruption", "title": "Copilot"}
    story = [
        *quiet(30),
        line(1, "graph", "issue", **mail, **told),
        line(1, "graph", "issue", **copilot, **told),
        line(2, "graph", "overview", service_status="serviceDegradation", open=["EX1", "nobody"]),
        line(3, "isdown", "status", state="major", reports_20m=4),
        line(3, "ms_public", "status", state="degraded", title="Portals", message="Admin pages are slow."),
    ]

    assert set(outcomes(story)) == {"fine"}


def test_what_is_not_understood_changes_nothing():
    strange = [
        line(1, "oracle", "count", relevant=99, irrelevant=0),
        line(1, "graph", "horoscope", text="?"),
        line(1, "x", "count", relevant="many"),
        line(1, "graph", "issue", id="TM1", service="Microsoft Teams", status="investigating", updated="yesterday"),
        line(1, "downdetector", "count", reports="a lot"),
        line(1, "downdetector", "count", reports=6, baseline=6, level="purple", new_field=[1]),
        line(1, "ms_public", "status", state="purple"),
        line(1, "me_too", "count", have_it=1, works=0, sites="all", features={"dancing": 1}),
        line(1, "operator", "note", text="hello"),
        line(1, "graph", "message", id="MC", window="soon"),
        line(1, "graph", "overview", service_status="purple", open="none"),
        "",
    ]

    said = [each["verdict"] for each in play([*quiet(30), *strange])[0]]

    assert set(said) == {"fine"}


@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[1]",
        '{"source":"x"}',
        '{"t":"noon"}',
        '{"t":5}',
        json.dumps({"t": at(1), "repeat": {"every_s": 60}}),
        json.dumps({"t": at(1), "repeat": {"every_s": 60, "count": 10**9}}),
        json.dumps({"t": at(1), "repeat": {"every_s": 60, "count": 2, "each": {"ok": []}}}),
        json.dumps({"t": at(1), "repeat": 3}),
        "[" * 100_000,
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(bad):
    verdicts, errors = play([*quiet(10), bad])

    assert len(verdicts) == 10
    assert [each["line"] for each in errors] == [len(quiet(10)) + 1]
    assert errors[0]["error"]


@pytest.mark.parametrize("lines", [[], [line(0, "x", "count", relevant=1)], [line(0, "operator", "setup", replay="r")]])
def test_a_file_without_a_usable_set_up_line_is_refused(lines):
    verdicts, errors = play(lines)

    assert not verdicts
    assert errors


def test_a_packed_value_is_not_looked_at_before_its_moment():
    cries = packed(0, "x", "count", 60, window_s=60, irrelevant=0, relevant=[0] * 30 + [50] * 30)
    until_then = packed(0, "x", "count", 30, window_s=60, irrelevant=0, relevant=0)

    with_future, without = play([*quiet(60), cries])[0], play([*quiet(60), until_then])[0]

    assert with_future[:30] == without[:30]
    assert with_future[33]["verdict"] == "degraded"


def test_more_counts_than_are_kept_are_thinned_and_still_teach_the_usual():
    hours = 3
    steady = packed(0, "x", "count", 360 * hours, 10, window_s=10, relevant=[1, 0, 0], irrelevant=1)

    assert set(outcomes([setup(60 * hours), steady])[100:]) == {"fine"}
