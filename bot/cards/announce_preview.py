"""What an author sees before saving, the list of announcements, and what may be done with one.  Holds no sentence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.cards.announce_fields import Offer
from bot.cards.announce_forms import Page
from bot.cards.announce_lines import TIMES_SHOWN, Preview, first_word, reading_lines
from bot.cards.announcing import ROLES, announcement_reply
from bot.cards.blocks import Part
from bot.domain.announced import AnnouncementView
from bot.domain.announcement import Announcement, Draft, Occurrence, Phase
from bot.domain.announcing import plan_of
from bot.domain.conversation import Button, Face, Phrase, Reply, Said, Tongue, Wall
from bot.domain.telling import Why

MOST_LISTED = 6  # one button each
MOST_BOTH = 10  # texts of one side of a conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One announcement in the list."""

    plan: Announcement
    next_at: datetime | None = None


def preview_reply(seen: Preview, offer: Offer, changed: Phrase | None = None) -> Reply:
    """All that saving would do; each language's card is one press away."""
    plan = seen.plan
    looks = tuple(
        Button(verb=f"announce.look.{each.lower()}", label=Phrase(key="announce.look", values={"tongue": Tongue(each)}))
        for each in sorted(plan.words)
    )
    return Reply(
        face=Face.FORM,
        row=offer.row,
        title=Phrase(key="announce.preview_title", values={"typed": title_of(plan)}),
        changed=changed,
        question=Phrase(key="announce.look_question"),
        choices=looks,
        said=(
            Said(part=Part.NOTES, lines=tuple(reading_lines(seen))),
            Said(part=Part.FOOT, lines=(Phrase(key="announce.form_foot", values={"id": plan.id}),)),
        ),
        buttons=tuple(
            Button(verb=verb)
            for verb in ("announce.save", Page.WORDS, Page.TIMES, "announce.tongues", "announce.discard")
        ),
        at=offer.now,
        drill=plan.drill,
        language=offer.language,
        zone=offer.zone,
    )


def look_reply(view: AnnouncementView, offer: Offer) -> Reply:
    """The exact card, with the way back."""
    card = announcement_reply(view)
    note = Phrase(key="announce.looks_so", values={"tongue": Tongue(view.language)})
    return replace(card, changed=note, row=offer.row, buttons=(*card.buttons, Button(verb="announce.preview")))


def save_question(seen: Preview, offer: Offer) -> Reply:
    """Asked once more."""
    values = {"typed": title_of(seen.plan), "n": seen.readers, "length": seen.takes}
    first = seen.times[:1]
    notes = [Phrase(key="announce.first", values={"at": Wall(at=at, zone=seen.plan.zone)}) for at in first]
    notes += first_word(seen.plan) if not seen.edits else []
    if seen.needs_approval:
        notes.append(Phrase(key="announce.needs_approval"))
    return Reply(
        face=Face.CHOICE,
        row=offer.row,
        question=Phrase(key="announce.save_question", values=values),
        notes=tuple(notes),
        choices=(Button(verb="announce.confirm"), Button(verb="announce.preview")),
        at=offer.now,
        drill=seen.plan.drill,
        language=offer.language,
        zone=offer.zone,
    )


def approval_reply(seen: Preview, offer: Offer, role: str) -> Reply:
    """To those who may approve: exactly what would go out, and to how many."""
    plan = seen.plan
    view = AnnouncementView(
        announcement=plan,
        occurrence=sample_of(plan, seen.times, offer.now),
        why=Why.ORGANISATION,
        as_of=offer.now,
        language=offer.language if offer.language in plan.words else plan.language,
        zone=offer.zone,
        shared=False,
    )
    card = announcement_reply(view)
    asked = Said(part=Part.NOTES, lines=tuple(reading_lines(seen)))
    kept = tuple(each for each in card.said if each.part != Part.FOOT)
    by = Phrase(key=f"announcement.by.{role if role in ROLES else 'announcer'}")
    return replace(
        card,
        row=offer.row,
        changed=Phrase(key="announce.approve_question", values={"role": by, "n": seen.readers}),
        said=(*kept, asked, Said(part=Part.FOOT, lines=(Phrase(key="telling.reference", values={"id": plan.id}),))),
        buttons=(Button(verb="announce.approve"), Button(verb="announce.decline")),
        language=offer.language,
    )


def decided_reply(seen: Preview, offer: Offer, decision: Phrase) -> Reply:
    """The same card when it was decided: there is nothing more to do."""
    card, is_draft = approval_reply(seen, offer, ""), seen.plan.draft is Draft.DRAFT
    return replace(card, changed=decision, buttons=(Button(verb="announce.list") if is_draft else _opener(seen.plan),))


def list_reply(several: Sequence[Listed], offer: Offer) -> Reply:
    """Those that are open, newest first."""
    lines = [_listed(each, offer.zone) for each in several] or [Phrase(key="announce.list_none")]
    opened = tuple(_opener(each.plan) for each in several[:MOST_LISTED])
    return Reply(
        face=Face.LINES,
        row=offer.row,
        title=Phrase(key="announce.list_title"),
        said=(Said(part=Part.NOTES, lines=tuple(lines)),),
        choices=opened,
        buttons=(Button(verb="announce.new"),),
        at=offer.now,
        language=offer.language,
        zone=offer.zone,
    )


def one_reply(
    seen: Preview,
    verbs: Sequence[str],
    offer: Offer,
    changed: Phrase | None = None,
    *,
    running: Sequence[Occurrence] = (),
) -> Reply:
    """One announcement as it stands, with what may be done with it."""
    plan = seen.plan
    now = [
        Phrase(
            key="announce.runs",
            values={
                "state": Phrase(key=f"announcement.stage.{each.phase}"),
                "ends": Wall(at=each.ends_at or each.starts_at, zone=each.zone),
                "place": each.zone,
            },
        )
        for each in running[:TIMES_SHOWN]
    ]
    state, is_off = Phrase(key=f"announce.draft.{plan.draft}"), plan.draft in (Draft.CANCELLED, Draft.RECALLED)
    first = Phrase(key="announce.state", values={"id": plan.id, "state": state})
    return Reply(
        face=Face.LINES,
        row=offer.row,
        changed=changed,
        title=Phrase(key="announce.one_title", values={"typed": title_of(plan)}),
        said=(Said(part=Part.NOTES, lines=(first, *now, *([] if is_off else reading_lines(seen)))),),
        choices=(Button(verb=f"announce.text.1.{plan.id.lower()}", label=Phrase(key="announce.text_whole")),),
        buttons=tuple(Button(verb=verb) for verb in verbs),
        at=offer.now,
        drill=plan.drill,
        language=offer.language,
        zone=offer.zone,
    )


def conflict_reply(mine: Announcement, theirs: Announcement, offer: Offer) -> Reply:
    """Somebody else saved meanwhile: both texts, and nothing lost."""
    return Reply(
        face=Face.ANNOUNCEMENT,
        row=offer.row,
        title=Phrase(key="announce.conflict", values={"id": theirs.id, "at": theirs.changed_at}),
        said=(
            Said(part=Part.WHY, lines=tuple(_both(theirs)), heading=Phrase(key="announce.theirs")),
            Said(part=Part.STEPS, lines=tuple(_both(mine)), heading=Phrase(key="announce.mine")),
        ),
        buttons=(Button(verb="announce.mine"), Button(verb="announce.preview"), Button(verb="announce.discard")),
        at=offer.now,
        language=offer.language,
        zone=offer.zone,
    )


def sample_of(plan: Announcement, times: Sequence[datetime], now: datetime) -> Occurrence:
    """The first time that it takes place, as its card will begin."""
    occurrence = plan_of(plan, plan.zone, times[0] if times else now, now).occurrence
    return occurrence if plan.has_window else replace(occurrence, phase=Phase.IN_PROGRESS)


def title_of(plan: Announcement) -> str:
    """Its title in the main language, else its reference."""
    words = plan.words.get(plan.language)
    return (words.title if words else "") or plan.id


def _opener(plan: Announcement) -> Button:
    return Button(verb=f"announce.open.{plan.id.lower()}", label=Phrase(key="announce.open", values={"id": plan.id}))


def _listed(each: Listed, zone: str) -> Phrase:
    plan = each.plan
    values = {
        "id": plan.id,
        "typed": title_of(plan),
        "kind": Phrase(key=f"announcement.kind.{plan.kind}"),
        "state": Phrase(key=f"announce.draft.{plan.draft}"),
    }
    if each.next_at is None:
        return Phrase(key="announce.line", values=values)
    return Phrase(key="announce.line_next", values={**values, "at": Wall(at=each.next_at, zone=zone)})


def _both(plan: Announcement) -> list[Phrase]:
    """Every text of it, shortened as on a card."""
    texts = [
        (tag, text)
        for tag, words in sorted(plan.words.items())
        for text in (words.title, words.hit, words.works, words.todo)
        if text.strip()
    ]
    return [
        Phrase(key="announce.both", values={"tongue": Tongue(tag), "typed": " ".join(text.split())})
        for tag, text in texts[:MOST_BOTH]
    ]
