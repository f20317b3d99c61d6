"""Who may do what: roles from the settings, and owners of a team in their own team."""

from dataclasses import dataclass

from bot.commands.desk import Turn
from bot.commands.houses import House
from bot.domain.conversation import Face, Phrase, Reply, Role, Scope

ROLELESS = frozenset({Scope.PAGE, Scope.TERMINAL})  # nobody there comes with an id that a setting could name
GIVING = ("admins", "helpdesk", "announcers", "approvers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What came of asking."""

    role: Role | None  # the one that allows it; None: refused
    unsure: bool = False  # whether this person owns the team could not be told


async def permit(turn: Turn, wanted: frozenset[Role]) -> Permit:
    """By which role this person may, in this conversation.  An admin may everything; Graph is asked only if need be."""
    person, destination = turn.message.person, turn.message.destination
    held = (wanted | {Role.ADMIN}) & person.roles
    if held:
        return Permit(role=min(held, key=lambda role: (role is Role.ADMIN, role)))
    if Role.TEAM_OWNER not in wanted:
        return Permit(role=None)
    owns = await turn.desk.owners.owns(person, destination)
    return Permit(role=Role.TEAM_OWNER if owns else None, unsure=owns is None)


def given_in(house: House) -> dict[str, str]:
    """The settings that give roles, as whoever runs this house spells them: by the last word of their names."""
    stem, is_variable = house.admins_at[: -len("admins")], house.admins_at.isupper()
    return {word: stem + (word.upper() if is_variable else word) for word in GIVING}


def refusal(turn: Turn, wanted: frozenset[Role], *, unsure: bool = False) -> Reply:
    """Which role is missing, and what to do: with nobody in charge yet, the setting and the id to put there."""
    house, person = turn.house, turn.message.person
    values = {
        "role": ", ".join(sorted(role.replace("_", " ") for role in wanted | {Role.ADMIN})),
        "id": person.lasting_id or "-",
        "setting": house.admins_at,
    }
    if turn.message.destination.scope in ROLELESS:
        key = "note.refused_here"
    elif not any(Role.ADMIN in given for given in house.roles.values()):
        key = "note.refused_no_admin"
    else:
        key = "note.refused_ask" if house.it_contact else "note.refused"
        values["contact"] = house.it_contact or ""
    notes = [Phrase(key=key, values=values)]
    if unsure:
        notes.append(Phrase(key="note.owner_unknown"))
    return Reply(
        face=Face.NOTICE,
        notes=tuple(notes),
        drill=turn.desk.drill is not None,
        at=turn.now,
        language=turn.language,
        zone=turn.zone,
    )
