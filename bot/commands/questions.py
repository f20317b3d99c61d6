"""The one question that would help most, with its one-tap answers."""

from bot.commands.desk import Turn
from bot.domain.conversation import Button, Face, Phrase, Reply
from bot.domain.observation import Client, Kind
from bot.domain.verdict import Outcome, Verdict

UNCLEAR = frozenset({Outcome.UNKNOWN, Outcome.YOUR_NETWORK})
PERSONAL = frozenset({Outcome.JUST_YOU, Outcome.FINE, Outcome.YOUR_ORG, Outcome.UNKNOWN})
TESTS = ("test.yes", "test.no", "test.blocked", "test.this_device")
PHONES = (Client.IOS, Client.ANDROID)
EVERYWHERE = "everywhere"

Asked = tuple[Phrase | None, tuple[Button, ...]]
NOTHING: Asked = (None, ())


def question_for(turn: Turn, verdict: Verdict) -> Asked:
    """The test that tells network from service in unclear cases, else the client that has the trouble, else nothing."""
    if turn.unclear and not turn.intent.codes:
        return Phrase(key="ask.code", values={"code": turn.unclear[0]}), ()
    tested = {seen.key for seen in turn.own}
    if any(seen.kind is Kind.NEUTRAL for seen in turn.message.seen):
        tested.add("other_site")  # the asker's own machine has just tried
    if verdict.outcome in UNCLEAR and "other_site" not in tested:
        return site_test(turn.house.test_site)
    asks_about_self = turn.intent.symptom or turn.intent.codes or verdict.outcome is Outcome.JUST_YOU
    if verdict.outcome in PERSONAL and asks_about_self and turn.intent.client is None and not turn.everywhere:
        return client_question(turn.message.client)
    return NOTHING


def site_test(site: str) -> Asked:
    """Does any site outside your company open on the device that has the trouble?"""
    return Phrase(key="ask.other_site", values={"site": site}), tuple(Button(verb=verb) for verb in TESTS)


def client_question(written_on: Client | None) -> Asked:
    """Where does it fail?  The client that the question came from stands first: it is at hand, and known to work."""
    phone = written_on if written_on in PHONES else Client.IOS
    clients = [Client.WINDOWS, Client.MAC, Client.WEB, phone]
    if written_on in clients:
        clients.remove(written_on)
        clients.insert(0, written_on)
    verbs = [f"client.{client}" for client in clients] + [f"client.{EVERYWHERE}"]
    return Phrase(key="ask.client"), tuple(Button(verb=verb) for verb in verbs)


def site_question(sites: tuple[str, ...]) -> Asked:
    """Where are you?  Asked once, when the place is not known and the organisation has named its places."""
    buttons = tuple(
        Button(verb=f"site.{number}", label=Phrase(key="button.site", values={"site": site}))
        for number, site in enumerate(sites)
    )
    return Phrase(key="ask.site"), buttons


def asks_site(turn: Turn, row: str) -> Reply | None:
    """The question, on a card with this row; None: the place is known, or none was named."""
    sites = turn.house.sites
    if turn.site is not None or not sites:
        return None
    question, choices = site_question(sites)
    return Reply(
        face=Face.CHOICE,
        row=row,
        question=question,
        choices=choices,
        at=turn.now,
        language=turn.language,
        zone=turn.zone,
        drill=turn.desk.drill is not None,
    )


def chosen_site(turn: Turn, argument: str) -> str | None:
    """The answer to it; None: there is no such place."""
    sites = turn.house.sites
    return sites[int(argument)] if argument.isdecimal() and int(argument) < len(sites) else None
