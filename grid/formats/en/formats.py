"""Months in full in every date: August 6, 1955 stands beside November 23."""

DATE_FORMAT = "F j, Y"
