"""Ids of rows that people's buttons refer to: nobody can guess one."""

import secrets

_ANSWER_BYTES = 16  # 128 bits
_ROW_BYTES = 12  # 96 bits
_READABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_INCIDENT_CHARACTERS = 8


def new_answer_id() -> str:
    """An id of 22 characters that are safe in addresses and card data."""
    return secrets.token_urlsafe(_ANSWER_BYTES)


def new_incident_id() -> str:
    """Eight characters that people read out and type: no I, L, O or U (Crockford's base 32, 40 bits)."""
    return "".join(secrets.choice(_READABLE) for _ in range(_INCIDENT_CHARACTERS))


def new_row_id() -> str:
    """An id of 16 characters, for rows that the cards' buttons name."""
    return secrets.token_urlsafe(_ROW_BYTES)
