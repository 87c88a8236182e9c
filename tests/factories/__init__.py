"""Makers of test data. Demo data has builders of its own; neither uses the other."""
