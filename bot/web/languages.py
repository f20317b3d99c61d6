"""Which of our languages a browser asks for."""

from collections.abc import Sequence

MOST_WISHES = 20


def wished(header: str) -> tuple[str, ...]:
    """The tags of an Accept-Language header, the dearest first; without those that are refused (q=0) and "*"."""
    wishes = [_wish(part) for part in header.split(",")[:MOST_WISHES]]
    dear = sorted((wish for wish in wishes if wish[0] > 0), key=lambda wish: -wish[0])
    return tuple(tag for _, tag in dear if tag and tag != "*")


def choose(wishes: Sequence[str], ours: Sequence[str], default: str) -> str:
    """The first wish that we can meet, exactly or by its language alone."""
    for wish in wishes:
        tag = wish.strip().lower()
        for name in (tag, tag.partition("-")[0]):
            if name in ours:
                return name
    return default


def _wish(part: str) -> tuple[float, str]:
    tag, _, parameter = part.partition(";")
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0, tag.strip()
    try:
        return min(1.0, max(0.0, float(value))), tag.strip()
    except ValueError:
        return 0.0, tag.strip()
