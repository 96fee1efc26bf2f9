"""Roles and what each may do, read from ``data/roles.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from django.utils.translation import get_language

NEVER_FOR_KEYS = frozenset({"privacy.unmask"})
SOURCE = Path(__file__).parent / "data" / "roles.yaml"


@dataclass(frozen=True)
class Role:
    """角色: a named bundle of permissions. `administers` marks one of the three separate administrators.

    ``unattended``: for a display that nobody sits at. It is not signed out for want of use, and therefore may
    only look.
    """

    code: str
    zh: str
    en: str
    permissions: frozenset[str]
    administers: str | None = None
    unattended: bool = False

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.en if (get_language() or "").startswith("en") else self.zh


class RoleFileProblem(ValueError):
    """The role file names a permission nobody declared, or gives to API keys what only people may have."""


@cache
def _file() -> dict[str, object]:
    return yaml.safe_load(SOURCE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@cache
def permissions() -> dict[str, dict[str, str]]:
    """All permission codes with their labels: ``{"registry.view": {"zh": …, "en": …}}``."""
    return dict(_file()["permissions"])  # type: ignore[call-overload,no-any-return]


@cache
def roles() -> dict[str, Role]:
    """All roles by code, in the order of the file."""
    known = permissions()
    result = {}
    for code, entry in _file()["roles"].items():  # type: ignore[attr-defined]
        granted = frozenset(entry["may"])
        if unknown := granted - known.keys():
            raise RoleFileProblem(f"role {code}: unknown permissions {sorted(unknown)}")
        result[code] = Role(
            code, entry["zh"], entry["en"], granted, entry.get("administers"), entry.get("unattended", False)
        )
    return result


@cache
def roles_with(permission: str) -> frozenset[str]:
    """Codes of the roles that carry the permission; an undeclared one is a programming error."""
    if permission not in permissions():
        raise RoleFileProblem(f"permission {permission!r} is not declared in {SOURCE.name}")
    return frozenset(code for code, role in roles().items() if permission in role.permissions)


@cache
def key_permissions() -> frozenset[str]:
    """What an API key may carry: never a power of the three administrators, never unmasking.

    A permission that no role has at all is one for machines, such as sending positions of terminals.
    """
    allowed: frozenset[str] = frozenset(_file()["api_keys"])  # type: ignore[call-overload]
    if unknown := allowed - permissions().keys():
        raise RoleFileProblem(f"api_keys: unknown permissions {sorted(unknown)}")
    everyone = roles().values()
    business = frozenset().union(*(role.permissions for role in everyone if not role.administers))
    administrative = (
        frozenset().union(*(role.permissions for role in everyone if role.administers)) - business
    )
    if forbidden := allowed & (administrative | NEVER_FOR_KEYS):
        raise RoleFileProblem(f"api_keys: not for keys {sorted(forbidden)}")
    return allowed


def is_administrator(code: str) -> bool:
    """Whether the role is one of the three separate administrators (三员)."""
    role = roles().get(code)
    return role is not None and role.administers is not None


def is_unattended(codes: frozenset[str]) -> bool:
    """Whether these are the roles of a display and of nothing else."""
    known = roles()
    return bool(codes) and all(code in known and known[code].unattended for code in codes)
