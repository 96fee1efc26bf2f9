"""What is: areas (区, 街镇, 网格), units (局, 中队), people (人员), role assignments, rosters, API keys."""

from .apikeys import ApiKey, ApiKeyUse, ServiceAccount
from .areas import District, Grid, Town
from .people import Certificate, PasswordRecord, User
from .roles import RoleAssignment
from .rosters import RosterEntry
from .units import Unit

__all__ = [
    "ApiKey",
    "ApiKeyUse",
    "Certificate",
    "District",
    "Grid",
    "PasswordRecord",
    "RoleAssignment",
    "RosterEntry",
    "ServiceAccount",
    "Town",
    "Unit",
    "User",
]
