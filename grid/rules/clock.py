"""Local days and moments of Asia/Shanghai, where the work is lived."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


def local_day(at: datetime) -> date:
    """The local day of an aware moment."""
    return at.astimezone(LOCAL).date()


def moment(day: date, clock: time) -> datetime:
    """The aware moment at which a local clock shows `clock` on `day`."""
    return datetime.combine(day, clock, tzinfo=LOCAL)
