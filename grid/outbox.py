"""The tasks that may be asked for, by name: filled in `AppConfig.ready()` by the apps that own them."""

from collections.abc import Callable
from typing import Any

# name → function(at=…, **arguments). Runs at least once, so each must be harmless when run twice.
TASKS: dict[str, Callable[..., Any]] = {}


def register_task(name: str, function: Callable[..., Any]) -> None:
    """Makes a function askable by name."""
    TASKS[name] = function
