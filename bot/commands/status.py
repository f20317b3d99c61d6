"""Is it down, and what do I do?  From what the board shows to a verdict, steps and the one question that would help."""

from collections.abc import Hashable, Iterable
from dataclasses import replace

from bot.cards.telling import title
from bot.commands.desk import Turn
from bot.commands.own_words import without
from bot.commands.people import own_test
from bot.commands.questions import question_for
from bot.commands.tickets import contact
from bot.content.codes import look_up
from bot.domain.advice import Advice, Asker, StepId
from bot.domain.conversation import Button, Face, Phrase, Reply, Role, Scope
from bot.domain.observation import Feature, Health, Kind, Observation
from bot.domain.verdict import Outcome, Verdict, for_asker, judge

SHARED_SCOPES = frozenset({Scope.GROUP, Scope.CHANNEL})
CHAT_SCOPES = frozenset({Scope.PERSONAL, Scope.GROUP, Scope.CHANNEL})
FOR_IT = frozenset({Outcome.YOUR_ORG, Outcome.YOUR_NETWORK, Outcome.JUST_YOU})
FOR_IT_STEPS = frozenset({Role.ADMIN, Role.HELPDESK})
MAY_END = frozenset({Outcome.DOWN, Outcome.DEGRADED, Outcome.MAINTENANCE, Outcome.UNKNOWN})
IN_TROUBLE = frozenset({Outcome.DOWN, Outcome.DEGRADED, Outcome.MAINTENANCE})
MOST_BUTTONS = 6  # below one card
MOST_CODES = 2  # explained on one card


async def status(turn: Turn) -> Reply:
    """Answer a question about how a service is."""
    await turn.desk.board.settle()
    shared = turn.message.destination.scope in SHARED_SCOPES
    turn = _in_public(turn) if shared else turn
    if turn.own or turn.message.seen or turn.word:
        told = compose(turn, look(turn, personal=not shared), shared=shared)
    else:
        told = turn.desk.memo.reply(
            _likeness(turn),
            turn.desk.board.changes,
            turn.now,
            lambda: compose(turn, look(turn, personal=not shared), shared=shared),
        )
    return await kept(turn, told)


def _in_public(turn: Turn) -> Turn:
    """The question without what is only the asker's: everybody reads the answer."""
    person = replace(turn.message.person, roles=frozenset())
    return replace(turn, message=replace(turn.message, person=person, client=None), own=(), word=None)


async def kept(turn: Turn, told: Reply) -> Reply:
    """The reply with a row of its own, which its buttons refer to; where nothing can be pressed, none is kept."""
    if not _can_press(turn):
        return told
    assert told.verdict is not None  # noqa: S101 - only verdicts are kept
    answer = await turn.desk.answers.open(turn, told.verdict, shared=not told.personal)
    return replace(told, row=answer.id)


def _likeness(turn: Turn) -> Hashable:
    """Everything that a reply depends on, besides the board, the second and what the asker found out."""
    intent = turn.intent
    known = turn.desk.open.of(turn.tenant, intent.service, intent.feature)
    return (
        turn.message.destination.scope,
        (known.id, known.revision) if known else None,
        turn.message.from_outside,
        turn.tenant,
        turn.message.client,
        turn.message.person.roles,
        (intent.name, intent.service, intent.feature, intent.client, intent.region, intent.since, intent.codes),
        intent.symptom,
        turn.symptom,
        turn.unclear,
        turn.language,
        turn.zone,
    )


def look(turn: Turn, *, personal: bool) -> Verdict:
    """The verdict now; with the asker's own observations when the answer is for that person only."""
    desk, intent = turn.desk, turn.intent
    seen = without(desk.board.look(turn.tenant, turn.now), turn.word if personal else None)
    verdict = judge(
        seen, turn.now, turn.house.policy, service=intent.service, feature=intent.feature, tenant=turn.tenant
    )
    if not personal:
        return verdict
    return for_asker(
        verdict,
        (*turn.own, *turn.message.seen, *_known_of_asker(turn), *_neutral_here(turn, seen)),
        turn.now,
        turn.house.policy,
        symptom=intent.symptom,
        client=intent.client,
        codes_hint=_codes_hint(turn),
    )


def _known_of_asker(turn: Turn) -> list[Observation]:
    """What the question itself proves: the codes it names, and that the client it was written on works."""
    known = [own_test("code", Health.DOWN, turn.now, text=code) for code in turn.intent.codes[:1]]
    if turn.message.destination.scope in CHAT_SCOPES and turn.message.client is not None:
        known.append(own_test("this_client", Health.FINE, turn.now, client=turn.message.client))
    return known


def _codes_hint(turn: Turn) -> Outcome | None:
    """Whose trouble the codes speak of, by the catalogue."""
    entries = (turn.desk.catalogue.code(code) for code in turn.intent.codes)
    return next((entry.hint for entry in entries if entry is not None and entry.hint is not None), None)


def _neutral_here(turn: Turn, seen: Iterable[Observation]) -> list[Observation]:
    """The server's own neutral checks, where the asker sits at the server's place."""
    here = turn.message.destination.scope is Scope.PAGE and turn.house.visitor_here
    return [replace(one, vantage="asker") for one in seen if here and one.kind is Kind.NEUTRAL]


def compose(turn: Turn, verdict: Verdict, *, shared: bool, changed: Phrase | None = None) -> Reply:
    """The reply for this verdict, in this place; not kept yet."""
    house, known = turn.house, _known_by_it(turn)
    question, choices = question_for(turn, verdict)
    is_for_it = verdict.outcome in FOR_IT and not _can_press(turn)
    line, links = contact(turn, verdict) if is_for_it else ((), ())
    return Reply(
        face=Face.VERDICT,
        verdict=verdict,
        advice=advise_on(turn, verdict),
        feature=turn.intent.feature,
        client=turn.intent.client,
        codes=turn.intent.codes,
        changed=changed or known,
        notes=(
            *((known,) if known and changed else ()),
            *(turn.desk.catalogue.explain(code) for code in turn.intent.codes[:MOST_CODES]),
            *_just_over(turn, verdict),
            *line,
        ),
        question=question,
        choices=choices if _can_press(turn) else (),
        buttons=(*buttons_for(turn, verdict), *links),
        me_too=turn.desk.people.me_too(turn.tenant, turn.intent.service, turn.now),
        personal=not shared,
        page_url=house.page_url,
        drill=verdict.drill or turn.desk.drill is not None,
        at=turn.now,
        language=turn.language,
        zone=turn.zone,
    )


def _known_by_it(turn: Turn) -> Phrase | None:
    """Our own IT has taken an incident that the question is about: that goes before whatever can be seen."""
    found = turn.desk.open.of(turn.tenant, turn.intent.service, turn.intent.feature)
    if found is None or found.acknowledged is None:
        return None
    promised = found.acknowledged.next_word_at
    is_ahead = promised is not None and promised > turn.now
    values = {"title": title(found), "since": found.since or found.opened_at, "next": promised, "id": found.id}
    return Phrase(key="incident.known_next" if is_ahead else "incident.known", values=values)


def _just_over(turn: Turn, verdict: Verdict) -> Iterable[Phrase]:
    """There was an outage until just now: what still fails may be its tail, and what was seen is explained."""
    ended = turn.desk.open.lately(turn.tenant, turn.intent.service, turn.now)
    if ended is not None and ended.closed_at is not None and verdict.outcome not in IN_TROUBLE:
        until = ended.recovering_at or ended.closed_at
        named = {"service": Phrase(key=f"service.{ended.service}"), "feature": ended.feature or Feature.ALL}
        yield Phrase(key="incident.just_over", values={**named, "until": until, "id": ended.id})


def advise_on(turn: Turn, verdict: Verdict, *, offered: tuple[StepId, ...] = ()) -> Advice:
    """The steps that follow from this verdict for what was asked; `offered` are left out."""
    desk = turn.desk
    return desk.catalogue.advise(
        verdict,
        feature=turn.intent.feature or verdict.feature,
        client=turn.intent.client,
        codes=turn.intent.codes,
        sure_from=turn.house.policy.sure_from,
        at_work=turn.house.at_work,
        already_offered=offered,
        symptom=turn.symptom,
        role=Asker.IT if turn.message.person.roles & FOR_IT_STEPS else Asker.USER,
    )


def buttons_for(turn: Turn, verdict: Verdict) -> tuple[Button, ...]:
    """What can be pressed below this verdict; outside a chat only links can be followed."""
    look_ups = (look_up(code) for code in turn.intent.codes)
    link = next((link for link in look_ups if link), None)
    links = [Button(verb="code_lookup", link=link)] if link else []
    if not _can_press(turn):
        return tuple(links)
    verbs = ["again", "me_too", "more_steps", "still_broken"]
    if verdict.outcome in MAY_END:
        verbs.insert(2, "tell_back")
    if verdict.outcome in FOR_IT and (turn.house.ticket_url or turn.house.it_contact):
        verbs.append("tell_it")
    if len(verbs) + len(links) < MOST_BUTTONS:
        verbs.insert(verbs.index("still_broken") + 1, "fixed")
    return (*links, *(Button(verb=verb) for verb in verbs))


def _can_press(turn: Turn) -> bool:
    return turn.message.destination.scope in CHAT_SCOPES
