"""What is: areas (区, 街镇, 网格), units (局, 中队), people (人员), roles, rosters, notices, webhooks."""

from .areas import District, Grid, Town
from .notices import Level, Notice, NoticePreference, NoticeRoute
from .people import Certificate, PasswordRecord, User
from .roles import RoleAssignment
from .rosters import RosterEntry
from .units import Unit
from .webhooks import WebhookCursor, WebhookSubscription

__all__ = [
    "Certificate",
    "District",
    "Grid",
    "Level",
    "Notice",
    "NoticePreference",
    "NoticeRoute",
    "PasswordRecord",
    "RoleAssignment",
    "RosterEntry",
    "Town",
    "Unit",
    "User",
    "WebhookCursor",
    "WebhookSubscription",
]
