"""The settings of the server itself: where it listens, what it keeps and logs, how long it waits."""

from urllib.parse import urlsplit

from bot import settings_values as form
from bot.settings_spec import Spec

SHORTEST_KEY = 8  # signs; shorter parts of an address are words such as "ping"
HEARTBEAT = Spec(name="HEARTBEAT_URL", meaning="a watchman, asked while all is well", read=form.web_url, secret=True)
SERVER: tuple[Spec, ...] = (
    Spec(
        name="SETTINGS_FILE",
        meaning="a file of settings (TOML), for several tenants; variables win over it",
        read=form.line,
    ),
    Spec(name="BIND", meaning="address that the bot listens on", read=form.bind, default="127.0.0.1"),
    Spec(name="PORT", meaning="port that the bot listens on; 0: any free one", read=form.port, default="3978"),
    Spec(name="PAGE_BIND", meaning="address that the page listens on; empty: as BIND", read=form.bind),
    Spec(name="PAGE_PORT", meaning="port that the page listens on; empty: as PORT", read=form.port),
    Spec(name="PUBLIC_URL", meaning="address of the page for people, printed on cards", read=form.web_url),
    Spec(
        name="VISITOR_HERE",
        meaning="whether visitors of the page sit in this server's network; empty: unless it is reached from outside",
        read=form.yes_or_no,
    ),
    Spec(
        name="PAGE_FOR_OPERATORS",
        meaning="whether the page also tells which sources are blind; empty: unless it is reached from outside",
        read=form.yes_or_no,
    ),
    Spec(
        name="PAGE_TENANT",
        meaning="directory id whose evidence, counts and contact a page reached from outside may show; empty: nobody's",
        read=form.guid,
    ),
    Spec(
        name="TRUSTED_PROXIES",
        meaning="networks of reverse proxies whose X-Forwarded-For is believed",
        read=form.networks,
        absent=(),
        many=True,
    ),
    Spec(
        name="METRICS_FROM",
        meaning="networks that may read /metrics, and at /readyz why we are not ready",
        read=form.networks,
        default="127.0.0.0/8,::1",
        many=True,
    ),
    HEARTBEAT,
    Spec(name="HEARTBEAT_S", meaning="time between two signs of life", read=form.seconds(1, 86_400), default="60"),
    Spec(name="DATABASE_URL", meaning="where the data is kept", read=form.database_url, secret=True),
    Spec(
        name="CA_FILE",
        meaning="certificates (PEM) to trust beside the system's, such as an inspecting proxy's",
        read=form.existing_file,
    ),
    Spec(
        name="LOG_LEVEL",
        meaning="least important log line that is written",
        read=form.one_of("debug", "info", "warning", "error"),
        default="info",
    ),
    Spec(
        name="LOG_FORMAT",
        meaning="form of a log line; auto: readable in a terminal, else JSON",
        read=form.one_of("auto", "console", "json"),
        default="auto",
    ),
    Spec(name="FETCH_TIMEOUT_S", meaning="longest wait for a source", read=form.seconds(0.01, 60), default="10"),
    Spec(
        name="SEND_TIMEOUT_S", meaning="longest wait for the chat platform", read=form.seconds(0.01, 60), default="10"
    ),
    Spec(
        name="REFRESH_WAIT_S",
        meaning="how long a question waits for a poll that is already running",
        read=form.seconds(0, 5),
        default="1.5",
    ),
    Spec(
        name="STOP_TIMEOUT_S",
        meaning="how long running answers may take to end at shutdown",
        read=form.seconds(0.01, 60),
        default="8",
    ),
    Spec(
        name="PAGE_ASKS_A_MINUTE",
        meaning="questions that one address may ask on the page",
        read=form.whole(1, 10_000),
        default="30",
    ),
)


def keys_in(url: str | None) -> set[str]:
    """What in a watchman's address lets anybody speak for us: all that follows its host."""
    parts = urlsplit(url or "")
    keys = {parts.path.strip("/"), *parts.path.split("/"), parts.query}
    return {url or "", *(key for key in keys if len(key) >= SHORTEST_KEY)}
