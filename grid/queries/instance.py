"""Questions about this installation."""

from grid.models import Instance


def is_demo() -> bool:
    """Whether the data is invented; the mark stands on every page."""
    return Instance.objects.filter(pk=1, is_demo=True).exists()
