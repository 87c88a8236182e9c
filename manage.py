#!/usr/bin/env python
"""Runs one command of the portal: `python manage.py COMMAND`."""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import execute_from_command_line

if __name__ == "__main__":
    if sys.argv[1:2] == ["read_list"]:
        # Reads a file and stores nothing: it works on any machine, without database, keys or services.
        from residents.management.commands.read_list import Command

        settings.configure(LANGUAGE_CODE="zh-hans", LOCALE_PATHS=[Path(__file__).resolve().parent / "locale"])
        django.setup()
        Command().run_from_argv(sys.argv)
        sys.exit()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "grid.settings")
    execute_from_command_line(sys.argv)
