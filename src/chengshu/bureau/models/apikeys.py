"""API keys: other systems that come in through the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property

from .areas import District
from .people import User
from .units import Unit

if TYPE_CHECKING:
    from chengshu.bureau.scope import Scope

SECRETS = ["digest", "previous_digest"]


class ServiceAccount(User):
    """服务账号: in whose name a key acts, so that records have somebody to point to.

    It cannot sign in and is shown among no people. What it may do comes from its key alone.
    """

    class Meta:
        proxy = True

    @cached_property
    def roles(self) -> tuple[dict[str, Any], ...]:
        """None: a key is not a person with an office."""
        return ()

    def may(self, permission: str) -> bool:
        """Whether the key carries the permission."""
        return permission in self.api_key.granted

    def scope_for(self, permission: str) -> Scope:
        """The key's unit: a squad's own area, or the district for any other unit."""
        from chengshu.bureau.scope import DISTRICT_WIDE, Scope

        key = self.api_key
        if permission not in key.granted:
            return Scope()
        if key.unit.kind in DISTRICT_WIDE:
            return Scope(districts=frozenset({key.district_id}))
        return Scope(squads=frozenset({key.unit_id}))


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys, narrowed."""

    def visible_to(self, user: User) -> ApiKeyQuerySet:
        """Keys of the units whose keys the person manages."""
        return self.filter(user.scope_for("bureau.apikeys.manage").q(squad="unit"))


@pghistory.track(
    pghistory.UpdateEvent(
        "before", row=pghistory.Old, condition=pghistory.AnyChange(exclude=[*SECRETS, "last_used_at"])
    ),
    pghistory.DeleteEvent("deleted"),
    exclude=[*SECRETS, "last_used_at"],
    model_name="ApiKeyEvent",
)
class ApiKey(models.Model):
    """接口密钥: what another system may do here, where, and how often. Revoked, never deleted."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="api_keys")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="api_keys")
    account = models.OneToOneField(ServiceAccount, on_delete=models.PROTECT, related_name="api_key")
    name = models.CharField(max_length=60, help_text="the system that uses it")
    owner = models.CharField(max_length=120, help_text="who answers for that system")
    permissions = models.JSONField(default=list)
    rate_per_minute = models.PositiveIntegerField()
    prefix = models.CharField(max_length=8, unique=True, help_text="the part of the key that is not secret")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the whole key, in hex")
    previous_digest = models.CharField(max_length=64, blank=True)
    previous_until = models.DateTimeField(null=True, help_text="until when the key before a change works")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    revoke_reason = models.CharField(max_length=200, blank=True)
    last_used_at = models.DateTimeField(null=True, help_text="to the minute")

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(rate_per_minute__gt=0), name="api_key_rate_positive"),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def granted(self) -> frozenset[str]:
        """The permissions for quick look-up; empty where the file no longer allows them to keys."""
        from chengshu.bureau.roles import key_permissions

        return key_permissions() & frozenset(self.permissions)

    @property
    def state(self) -> str:
        """``active``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if self.expires_at > timezone.now() else "expired"


class ApiKeyUse(models.Model):
    """Requests of a key in the present minute. Unlogged: lost in a crash, and never waited for."""

    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, primary_key=True, related_name="use")
    window_start = models.DateTimeField()
    used = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key_id}: {self.used}"
