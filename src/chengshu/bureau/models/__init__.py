"""What is: areas, units, people and their roles, rosters, API keys, notices, webhooks."""

from .apikeys import ApiKey, ApiKeyUse, ServiceAccount
from .areas import District, Grid, Town
from .notices import Level, Notice, NoticePreference, NoticeRoute
from .people import Certificate, PasswordRecord, User
from .positions import OfficerPosition
from .roles import RoleAssignment
from .rosters import RosterEntry
from .sessions import Session
from .units import Unit
from .webhooks import WebhookCursor, WebhookSubscription

__all__ = [
    "ApiKey",
    "ApiKeyUse",
    "Certificate",
    "District",
    "Grid",
    "Level",
    "Notice",
    "NoticePreference",
    "NoticeRoute",
    "OfficerPosition",
    "PasswordRecord",
    "RoleAssignment",
    "RosterEntry",
    "ServiceAccount",
    "Session",
    "Town",
    "Unit",
    "User",
    "WebhookCursor",
    "WebhookSubscription",
]
