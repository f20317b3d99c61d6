"""Conversations begin, end and change: kept by id, never by name, so that we can speak there later."""

from dataclasses import replace
from datetime import datetime

import structlog

from bot.commands.desk import Desk
from bot.commands.helpdesk_places import appoint
from bot.domain.conversation import ConversationEvent, Face, Life, Phrase, Reply, Scope
from bot.store import conversations
from bot.store.engine import StoreError

log = structlog.get_logger(__name__)


async def heard(desk: Desk, event: ConversationEvent, now: datetime) -> Reply | None:
    """Remember what happened; on an install say who we are and how to ask."""
    try:
        await desk.places.flush()  # a first word that came before must not bring back what ends now
        async with desk.store.transaction() as db:
            # Without the language: that of whoever installed is no choice of a channel's, and a person's may change.
            await conversations.record(db, replace(event, language=None), now)
    except StoreError as error:
        log.debug("conversation event not stored", life=event.life, error=str(error))
    desk.places.forget(event.destination)
    await _appoint(desk, event, now)
    if event.life is not Life.INSTALLED:
        return None
    if event.destination.scope is not Scope.PERSONAL:
        event = replace(event, language=None)
    return welcome(desk, event, now)


async def _appoint(desk: Desk, event: ConversationEvent, now: datetime) -> None:
    """It may be one of the help desk's own."""
    if event.life in (Life.INSTALLED, Life.SEEN):
        try:
            await appoint(desk, now, (event.destination.id,))
        except StoreError as error:
            log.debug("help desk destination not appointed", error=str(error))


def welcome(desk: Desk, event: ConversationEvent, now: datetime) -> Reply:
    """Four lines: how to ask, what is read, where to look when the chat is down, who runs it and what it keeps."""
    house = desk.house_of(event.destination.tenant)
    short = (event.language or "").split("-")[0].lower()
    return Reply(
        face=Face.WELCOME,
        notes=(
            Phrase(key="welcome.ask"),
            Phrase(key="welcome.reads"),
            Phrase(key="welcome.page", values={"url": house.page_url})
            if house.page_url
            else Phrase(key="welcome.no_page"),
            Phrase(key="welcome.keeps", values={"contact": house.it_contact})
            if house.it_contact
            else Phrase(key="welcome.keeps_no_contact"),
        ),
        page_url=house.page_url,
        drill=house.drill is not None,
        personal=False,
        at=now,
        language=short if short in house.languages else house.language,
        zone=event.zone or house.zone,
    )
