"""How a member of staff proves who she is: hasher and backend."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest

from grid.models import Staff


class HouseArgon2Hasher(Argon2PasswordHasher):
    """argon2id at 19 MiB, two passes, one lane: the recommended floor, and bearable on a small server."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class NameOrPhoneBackend(ModelBackend):
    """User name or phone number, and password. An unknown name costs the same time as a wrong password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Staff | None:
        """The member of staff, or None; which of the two was wrong is never said."""
        if not username or not password:
            return None
        staff = Staff.objects.by_login(username)
        if staff is None:
            Staff().set_password(password)  # spends the time of a check
            return None
        return staff if staff.check_password(password) and self.user_can_authenticate(staff) else None
