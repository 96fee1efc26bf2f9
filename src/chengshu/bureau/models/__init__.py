"""What is: areas (区, 街镇, 网格), units (局, 中队), people (人员), role assignments, rosters."""

from .areas import District, Grid, Town
from .people import Certificate, PasswordRecord, User
from .positions import OfficerPosition
from .roles import RoleAssignment
from .rosters import RosterEntry
from .units import Unit

__all__ = [
    "Certificate",
    "District",
    "Grid",
    "OfficerPosition",
    "PasswordRecord",
    "RoleAssignment",
    "RosterEntry",
    "Town",
    "Unit",
    "User",
]
