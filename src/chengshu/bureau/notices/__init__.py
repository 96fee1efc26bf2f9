"""Notices to people: in the application, by e-mail, by WeCom / 政务微信, into a unit's chat group.

``notify(people, "lead.overdue", title, url=…, level="alarm", key="lead:12:overdue", unit=squad)`` writes
everything in the caller's transaction; what leaves the house goes through `chengshu.kernel.outbox`.
"""

from .kinds import NoticeKind, kinds, register_kind
from .service import Text, mark_read, notify, unread_count

__all__ = ["NoticeKind", "Text", "kinds", "mark_read", "notify", "register_kind", "unread_count"]
