"""More fix steps: all that are left, or the next one that was not tried."""

from dataclasses import replace

from bot.commands.desk import Turn
from bot.commands.status import advise_on
from bot.domain.advice import Advice, StepId
from bot.domain.conversation import Answer, Button, Face, Phrase, Reply
from bot.domain.verdict import Verdict


def more_steps(turn: Turn, answer: Answer, verdict: Verdict) -> Reply:
    """The steps that did not fit on the card, in order."""
    advice = advise_on(turn, verdict)
    rest = replace(advice, steps=advice.more, more=())
    if not rest.steps:
        return _reply(turn, answer, verdict, replace(advice, more=()), Phrase(key="changed.no_more_steps"))
    return _reply(turn, answer, verdict, rest, Phrase(key="changed.more_steps"))


async def next_step(turn: Turn, answer: Answer, verdict: Verdict, tried: tuple[StepId, ...]) -> Reply:
    """The first step that was neither on the card nor offered since."""
    advice = advise_on(turn, verdict)
    untried = [step for step in (*advice.steps[1:], *advice.more) if step not in tried]
    if not untried:
        return _reply(turn, answer, verdict, advice, Phrase(key="changed.no_more_steps"))
    person = await turn.desk.people.code(turn.message.person, turn.now)
    await turn.desk.answers.offer(answer, person, untried[:1], turn.now)
    one = replace(advice, steps=(untried[0],), more=tuple(untried[1:]))
    return _reply(turn, answer, verdict, one, Phrase(key="changed.next_step"))


def _reply(turn: Turn, answer: Answer, verdict: Verdict, advice: Advice, changed: Phrase) -> Reply:
    return Reply(
        face=Face.STEPS,
        row=answer.id,
        verdict=verdict,
        advice=advice,
        feature=turn.intent.feature,
        client=turn.intent.client,
        codes=turn.intent.codes,
        changed=changed,
        buttons=tuple(Button(verb=verb) for verb in ("fixed", "still_broken", "tell_it", "again")),
        drill=verdict.drill or turn.desk.drill is not None,
        at=turn.now,
        language=turn.language,
        zone=turn.zone,
    )
