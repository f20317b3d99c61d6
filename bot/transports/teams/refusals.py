"""What the sign-in service's refusals of our own token mean for an operator."""

from collections.abc import Mapping

_SECRET = "put its value (not its id) where {secret} says"  # noqa: S105 - words about one
# AADSTS codes of Microsoft Entra, its error page of 2026; checked with the replica only.
BY_CODE: Mapping[str, str] = {
    "AADSTS7000215": f"the secret is wrong: make a new client secret and {_SECRET}",
    "AADSTS7000222": f"the secret has expired: make a new client secret and {_SECRET}",
    "AADSTS7000216": f"the secret is missing: make a client secret and {_SECRET}",
    "AADSTS700016": "look whether {app} and {tenant} belong together and are not swapped",
    "AADSTS90002": "look at {tenant}: there is no such directory, or it stands where {app} belongs",
    "AADSTS7000112": "the app is disabled: let an administrator enable it in Entra",
}
OTHER_CODE = "look at {app}, {secret} and {tenant}"
NO_ANSWER = "nothing, if it passes: the sign-in service gave no token.  Else let this machine reach it over https"


def what_to_do(code: str | None, *, tenant: str = "") -> str:
    """What mends it, in the words of the log.  `tenant`: the name of its table; empty: made of the variables."""
    names = {
        name: f"tenant.{tenant}.{setting}" if tenant else f"NOTJUSTYOU_{setting.upper()}"
        for name, setting in (("secret", "app_secret"), ("app", "app_id"), ("tenant", "tenant_id"))
    }
    if code is None:
        return NO_ANSWER
    return BY_CODE.get(code, OTHER_CODE).format_map(names)
