"""What operators are told of a source that is blind: which, since when, why, and what to do about it."""

from datetime import datetime

from bot.cards.plain import quoted
from bot.content.texts import Texts
from bot.domain.blindness import remedy
from bot.domain.conversation import Phrase
from bot.domain.source_health import SourceHealth

CREDENTIALS = (
    "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/{app}"
)
LONGEST_REASON = 200


def blind_line(  # noqa: PLR0913 - whom, in which words, where and when
    health: SourceHealth, texts: Texts, language: str, *, zone: str, now: datetime, app: str | None = None
) -> str:
    """One sentence or two, for the page and the command line."""
    family, _, name = health.source.partition(":")
    return texts.say(
        Phrase(
            key="blind.line",
            values={
                "source": Phrase(key=f"source.{family}", values={"name": quoted(name, 40)}),
                "id": quoted(health.source, 60),
                "since": health.since,
                "reason": quoted(health.reason, LONGEST_REASON),
                "do": Phrase(key=f"blind.{remedy(health)}", values=_values(health, app)),
            },
        ),
        language,
        zone=zone,
        now=now,
    )


def to_do(health: SourceHealth, texts: Texts, language: str, *, app: str | None = None) -> str:
    """What would make it readable again, for the log and the command line."""
    return texts.say(Phrase(key=f"blind.{remedy(health)}", values=_values(health, app)), language)


def _values(health: SourceHealth, app: str | None = None) -> dict[str, object]:
    return {
        "id": quoted(health.source, 60),
        "setting": f"NOTJUSTYOU_SOURCE_{health.source.upper().replace(':', '_')}",
        "link": CREDENTIALS.format(app=app) if app else "https://entra.microsoft.com/",
    }
