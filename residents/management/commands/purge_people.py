"""purge_people: removes a person for good, with a proof. Only the database's owner can."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, connections
from django.utils import timezone, translation

from grid.models import Staff
from grid.rules.actors import Actor
from residents.actions.removals import MustWait, Proof, remove_person, waiting_removals
from residents.rules.removals import GROUNDS


class Command(BaseCommand):
    """Without --confirm it says what would go and changes nothing."""

    help = "Remove a person, her history and what lists and audit say of her; prints a proof."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, why, by whom."""
        parser.add_argument("--waiting", action="store_true", help="list the people whose removal was asked for")
        parser.add_argument("--resident", type=int, help="the number in the address of her page")
        parser.add_argument("--ground", choices=GROUNDS)
        parser.add_argument("--operator", help="your own user name, for the audit")
        parser.add_argument("--confirm", action="store_true", help="really do it")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Lists, tries or does it."""
        if "owner" not in connections:
            raise CommandError("Set DATABASE_OWNER_URL for this command: only the database's owner removes people.")
        if options["waiting"]:
            for wish in waiting_removals():
                self.stdout.write(f"{wish.subject_id}  {wish.facts.get('ground')}  asked {wish.at:%Y-%m-%d}")
            return
        if not (options["resident"] and options["ground"] and options["operator"]):
            raise CommandError("Say --resident, --ground and --operator; or --waiting to see who waits.")
        operator = Staff.objects.using("owner").filter(user_name=options["operator"], is_active=True).first()
        if operator is None:
            raise CommandError("There is no active login with this user name. The audit must say who removed.")
        at = timezone.now()
        facts = {name: options[name] for name in ("ground", "confirm")}
        try:
            with translation.override("en"):  # a command speaks English, the pages the reader's language
                proof = remove_person(resident_id=options["resident"], **facts, by=Actor.staff(operator.pk), at=at)
        except MustWait as fault:
            raise CommandError("\n".join(fault.reasons)) from fault
        except IntegrityError as fault:
            table = getattr(getattr(fault.__cause__, "diag", None), "table_name", None)
            raise CommandError(f"Nothing was removed: a row of {table} still points at this person.") from None
        self._print(proof, options, f"{at:%Y-%m-%d %H:%M:%S %Z}")

    def _print(self, proof: Proof, options: dict[str, Any], moment: str) -> None:
        done = options["confirm"]
        self.stdout.write(f"Proof of removal: person {options['resident']}" if done else "What would be removed:")
        for table, count in proof.counts.items():
            self.stdout.write(f"  {table:40}{count:6}")
        self.stdout.write("  (* the row stays and says nothing of the person any more)")
        if done:
            self.stdout.write(f"ground {options['ground']}, operator {options['operator']}, {moment}")
            self.stdout.write(f"SHA-256 over the keys: {proof.digest}")
        if proof.still_named:
            self.stdout.write("A phone or the name of the person stands in other rows too. Look whether it is hers:")
            self.stdout.writelines(f"  {place}\n" for place in proof.still_named)
        if not done:
            self.stdout.write("Nothing was changed. With --confirm it is removed for good; backups keep it longer.")
