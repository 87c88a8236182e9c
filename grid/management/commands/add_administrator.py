"""add_administrator: the first administrator of an empty portal, with the root of its places."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from grid.actions.places import add_place
from grid.actions.staff import add_staff
from grid.models import Place, Staff
from grid.rules.actors import SYSTEM
from grid.rules.permissions import Role
from grid.rules.places import Kind


class Command(BaseCommand):
    """Everything after this first one is done on the pages."""

    help = "Make the root place (where there is none) and an administrator there; prints her one-time password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, and what the root is."""
        parser.add_argument("--user-name", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--place-name", help="name of the root, for example 望江街道")
        parser.add_argument("--place-code", help="its code: digits")
        parser.add_argument("--place-kind", choices=[kind.value for kind in Kind], default=Kind.STREET.value)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Writes both and prints the password."""
        at = timezone.now()
        try:
            Staff(user_name=options["user_name"], name=options["name"]).clean_fields(exclude=["password"])
            with transaction.atomic():
                staff, password = add_staff(
                    user_name=options["user_name"],
                    phone=None,
                    name=options["name"],
                    role=Role.ADMINISTRATOR,
                    place=self._root(options),
                    until=None,
                    by=SYSTEM,
                    at=at,
                )
        except ValidationError as fault:
            raise CommandError(" ".join(fault.messages)) from fault
        self.stdout.write(f"{staff.user_name}: {password}  (for the first login; a new password is asked then)")

    def _root(self, options: dict[str, Any]) -> Place:
        root = Place.objects.filter(parent=None, closed_at=None).order_by("pk").first()
        if root is not None:
            return root
        if not options["place_name"] or not options["place_code"]:
            raise CommandError("There is no place yet. Name the root: --place-name 望江街道 --place-code 420198001")
        Place(name=options["place_name"], code=options["place_code"]).clean_fields(["path", "kind", "street", "parent"])
        kind = Kind(options["place_kind"])
        facts = {"code": options["place_code"], "name": options["place_name"], "kind": kind}
        return add_place(parent=None, **facts, by=SYSTEM, at=timezone.now())
