"""Every secret that a test gives out, and what was seen of them where anybody may read: in logs and on screens.

Replicas `learn` what they issue; `look` is shown every line; the outermost conftest asks `leaks` after each test.
"""

ALWAYS: set[str] = set()  # those that are the same in every test; the product knows them as it knows its settings
_issued: set[str] = set()
_leaks: list[str] = []


def always(*secrets: str) -> None:
    """These stand in the settings of tests."""
    ALWAYS.update(secrets)


def begin() -> None:
    """A new test: nothing issued, nothing seen."""
    _issued.clear()
    _leaks.clear()


def learn(secret: str) -> None:
    """This one must not be seen either, until the test ends."""
    _issued.add(secret)


def look(text: str) -> None:
    """Remember it if it holds a secret."""
    if any(secret in text for secret in ALWAYS) or any(secret in text for secret in _issued):
        _leaks.append(text.strip()[:300])


def leaks() -> list[str]:
    """What held a secret in this test."""
    return list(_leaks)
