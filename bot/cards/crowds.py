"""What many people say -> a sentence with how many, over what time, how widely and against what is usual."""

from bot.cards.plain import quoted
from bot.cards.voice import Voice
from bot.domain.observation import COUNTRY, NOWHERE, Health, Observation, Strength

FEWEST_TELLING = 3  # voices in a window; fewer are too few to tell, whatever they say
MOST_SITES = 4  # places that a sentence names
LONGEST_PLACE = 40  # characters
TROUBLE = (Health.DOWN, Health.DEGRADED)


def crowd_says(seen: Observation, voice: Voice) -> str:
    """Reports that a site counts."""
    counted = seen.strength
    values: dict[str, object] = {"source": voice.source(seen.source), "at": voice.moment_of(seen)}
    if counted is None:
        return voice.say(f"evidence.crowd.{'trouble' if seen.health in TROUBLE else 'quiet_no_count'}", **values)
    values |= {"n": counted.reports, "window": counted.window, "usual": counted.usual}
    if seen.health not in TROUBLE:
        said = voice.say("evidence.crowd.quiet", **values)
    elif _are_few(counted):
        said = voice.say("evidence.crowd.few", **values)
    elif counted.usual is None:
        said = voice.say("evidence.crowd.many_no_usual", **values)
    else:
        said = voice.say(f"evidence.crowd.many{'_at_least' if counted.at_least else ''}", **values)
    return _with_region(seen, said, voice)


def posts_say(seen: Observation, voice: Voice) -> str:
    """Posts in which people say that it fails for them; their words are not kept, so none are shown."""
    counted = seen.strength
    if counted is None:
        return crowd_says(seen, voice)
    values: dict[str, object] = {"source": voice.source(seen.source), "at": voice.moment_of(seen), "n": counted.reports}
    values |= {"window": counted.window, "usual": counted.usual, "authors": counted.authors}
    return _with_region(seen, voice.say(f"evidence.posts.{_posts_word(seen, counted)}", **values), voice)


def colleagues_say(seen: Observation, voice: Voice) -> str:
    """People of the same organisation, with their places and never by name."""
    counted = seen.strength or Strength(reports=1)
    values = {"n": counted.authors or counted.reports, "window": counted.window, "at": voice.moment_of(seen)}
    if seen.health is Health.FINE:
        return voice.say("evidence.colleagues.fine", **values)
    said = [voice.say("evidence.colleagues.trouble", **values)]
    known = {site: people for site, people in counted.shares.items() if site != NOWHERE}
    places = {quoted(site.removeprefix(COUNTRY), LONGEST_PLACE): people for site, people in known.items()}
    is_site = not any(site.startswith(COUNTRY) for site in known)
    if is_site and len(places) == 1 and sum(places.values()) == counted.reports > 1:
        said.append(voice.say("evidence.colleagues.one_site", site=next(iter(places))))
    else:
        said += [
            voice.say("evidence.colleagues.site", site=site, n=people)
            for site, people in list(places.items())[:MOST_SITES]
        ]
    return " ".join(said)


def _posts_word(seen: Observation, counted: Strength) -> str:
    if counted.reports == 0:
        return "none"
    if seen.health not in TROUBLE:
        return "quiet"
    if _are_few(counted):
        return "few"
    if counted.authors is None:
        return "many_no_authors" if counted.usual is not None else "few"
    if counted.usual is None:
        return "many_no_usual"
    return "many_at_least" if counted.at_least else "many"


def _are_few(counted: Strength) -> bool:
    return min(counted.reports, counted.reports if counted.authors is None else counted.authors) < FEWEST_TELLING


def _with_region(seen: Observation, said: str, voice: Voice) -> str:
    return voice.say("sheet.in_region", said=said, region=quoted(seen.region, LONGEST_PLACE)) if seen.region else said
