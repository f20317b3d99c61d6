"""Log lines: readable by machines, and never with a secret in them."""

import io
import json
import logging
import warnings

import pytest
import structlog

from bot.logs import configure_logs, redactor
from bot.metrics import DECLARED, POLLS, REGISTRY
from bot.secret import Secret, hidden_url

SECRET = "p/ss w+rd~1"  # noqa: S105 - made up


@pytest.fixture
def lines():
    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    stream = io.StringIO()
    configure_logs(level="info", form="auto", secrets=[SECRET, "xy"], stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], _ = before
    root.setLevel(before[1])
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def test_a_fact_becomes_one_json_line_with_its_moment_in_utc(lines):
    structlog.get_logger("bot.board").warning("source went blind", source="x", failures=3, seen=("a", None))
    (line,) = lines()
    assert line["event"] == "source went blind"
    assert (line["level"], line["logger"], line["source"], line["failures"]) == ("warning", "bot.board", "x", 3)
    assert line["seen"] == ["a", None]
    assert line["timestamp"].endswith("Z")


def test_secrets_are_blotted_wherever_they_stand(lines):
    log = structlog.get_logger()
    log.info(f"got {SECRET}", url="https://host/?s=p%2Fss%20w%2Brd~1", nested={"deep": [SECRET], SECRET: 1})
    log.info("header", said=ValueError(f"refused {SECRET}"), quoted="p%2Fss+w%2Brd~1")
    try:
        raise RuntimeError(SECRET)
    except RuntimeError:
        log.exception("job failed")
    logging.getLogger("library").warning("said %s", SECRET)
    told = json.dumps(lines(), ensure_ascii=False)
    assert len(lines()) == 4
    assert "w+rd" not in told
    assert "w%2Brd" not in told
    assert "RuntimeError: (hidden)" in told


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdef.ghijkl-mnop",
        "bearer   ABCDEFGHIJ",
        "token eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln was refused",
        "token eyJhbGciOiJSUzI1NiJ9 was refused",
        "POST client_id=7&client_secret=abcdefgh&scope=x",
        "proxy http://anna:abcdefgh@proxy.example:3128 said 407",
        "postgresql://bot:abcdefgh@db/bot",
    ],
)
def test_credentials_that_nobody_told_us_of_are_blotted_too(text):
    blotted = redactor([])(text)
    assert "(hidden)" in blotted
    assert not [secret for secret in ("abcdef", "ABCDEF", "eyJ") if secret in blotted]


def test_plain_words_stay_as_they_are():
    for text in ("Teams is down since 09:40", "https://status.example/a:b/c@d", "the bearer of bad news", "xy"):
        assert redactor(["xy", ""])(text) == text


def test_lines_of_libraries_take_the_same_way_and_chatter_is_left_out(lines):
    logging.getLogger("httpx").info("HTTP Request: GET https://host/?token=1")
    logging.getLogger("aiohttp.server").error("Error handling request of %s", "nobody")
    structlog.get_logger().debug("too fine")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old call", DeprecationWarning, stacklevel=1)
    assert [line["logger"] for line in lines()] == ["aiohttp.server", "py.warnings"]
    assert lines()[0]["event"] == "Error handling request of nobody"


def test_a_terminal_gets_readable_lines(lines):
    stream = io.StringIO()
    configure_logs(level="info", form="console", secrets=[SECRET], stream=stream)
    structlog.get_logger().info("source is back", source=SECRET)
    assert "source is back" in stream.getvalue()
    assert "w+rd" not in stream.getvalue()


def test_every_metric_is_declared_once_with_unit_meaning_and_labels():
    names = [declared.name for declared in DECLARED]
    assert len(names) == len(set(names))
    assert all(declared.unit and declared.meaning and all(declared.labels.values()) for declared in DECLARED)
    shown = {f"{family.name}_total" if family.type == "counter" else family.name for family in REGISTRY.collect()}
    assert shown == set(names)


def test_a_count_is_seen_in_the_registry():
    labels = {"source": "test_source", "result": "ok"}
    POLLS.labels(**labels).inc()
    assert REGISTRY.get_sample_value("notjustyou_polls_total", labels) == 1


def test_a_secret_that_is_renewed_while_running_is_blotted_too(tmp_path):
    out, file = io.StringIO(), tmp_path / "secret"
    file.write_text("the-first-secret-words")
    secret = Secret("the-first-secret-words", file)
    configure_logs(level="info", form="json", secrets=["the-first-secret-words"], stream=out)
    file.write_text("the-second-secret-words\n")
    assert secret() == "the-second-secret-words"
    structlog.get_logger().info("asked", with_the="the-second-secret-words", and_before="the-first-secret-words")
    assert "secret-words" not in out.getvalue()
    file.write_text("")
    assert secret() == "the-second-secret-words", "in the middle of a renewal the last one serves"
    assert "secret-words" not in repr(secret)


def test_an_address_that_can_not_be_taken_apart_is_refused_without_a_word_of_it():
    with pytest.raises(ValueError, match="an http:// or https:// address") as refused:
        hidden_url("https://the-key-of-a-slip\u2100example/")
    assert "slip" not in str(refused.value)
