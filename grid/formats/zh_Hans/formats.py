"""Dates as people write them: 3月4日, not 03月4日."""

MONTH_DAY_FORMAT = "n月j日"
