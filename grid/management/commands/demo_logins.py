"""Prints the demo's logins."""

from typing import Any

from django.core.management.base import BaseCommand

from grid.actions import demo


class Command(BaseCommand):
    """`demo_logins`: nothing where the instance is no demo."""

    help = "Prints the logins of the demo street."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a role."""
        for user_name, post in demo.demo_logins():
            self.stdout.write(f"  {user_name:10} {demo.DEMO_PASSWORD}   {post}")
