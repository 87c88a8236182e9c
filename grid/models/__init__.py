"""Models of the ground."""

from grid.models.audit import AuditRecord
from grid.models.instance import Instance
from grid.models.notice import Notice
from grid.models.outbox import OutboxTask
from grid.models.place import Place
from grid.models.scope import ScopedManager, ScopedQuerySet
from grid.models.staff import KnownDevice, Post, Staff

__all__ = [
    "AuditRecord",
    "Instance",
    "KnownDevice",
    "Notice",
    "OutboxTask",
    "Place",
    "Post",
    "ScopedManager",
    "ScopedQuerySet",
    "Staff",
]
