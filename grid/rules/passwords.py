"""One-time passwords: made to be read out over the phone and typed once."""

import secrets
from datetime import timedelta

LASTS = timedelta(days=7)  # how long it opens the login
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


def one_time_password() -> str:
    """Three groups of four: `k7mw-pq3x-9dhf`, 59 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _position in range(4)) for _group in range(3))
