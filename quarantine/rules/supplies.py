"""What holds for supply requests."""

from datetime import timedelta

# A delivery marked by mistake can be taken back this long, by whoever marked it.
UNDO_WITHIN = timedelta(seconds=60)
