"""People: accounts, certificates, password records."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .units import Unit

if TYPE_CHECKING:
    from chengshu.bureau.scope import Scope


def current_roles(person: str) -> ArraySubquery:
    """The roles held now, for `User.roles`; ``person`` is the way to the person in the outer query."""
    from .roles import RoleAssignment

    now = timezone.now()
    current = RoleAssignment.objects.filter(
        Q(revoked_at=None) | Q(revoked_at__gt=now), user=OuterRef(person), granted_at__lte=now
    ).annotate(
        data=JSONObject(role="role", unit="unit_id", kind=F("unit__kind"), district=F("unit__district_id"))
    )
    return ArraySubquery(current.values("data"))


class PeopleQuerySet(models.QuerySet["User"]):
    """People, narrowed and enriched."""

    def with_roles(self) -> PeopleQuerySet:
        """People with their unit and current roles in one query."""
        with_unit = self.select_related("unit", "unit__district").defer("unit__district__boundary")  # long
        return with_unit.annotate(role_data=current_roles("pk"))

    def visible_to(self, user: User) -> PeopleQuerySet:
        """People of the units that the person may see; accounts of other systems are no people."""
        within = user.scope_for("bureau.view").q(district="unit__district", squad="unit")
        return self.filter(within, is_service=False)


class UserManager(BaseUserManager.from_queryset(PeopleQuerySet)):  # type: ignore[misc]
    """People are made by `bureau.services.people`; this only finds them."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Make an account with a hashed password (used by services and tests)."""
        user: User = self.model(username=username.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """人员: anyone who signs in. What one may do comes from role assignments only."""

    username = models.CharField(_("account"), max_length=150, unique=True)
    full_name = models.CharField(_("name"), max_length=60)
    name_key = models.CharField(max_length=200, blank=True, db_collation="C")
    phone = models.CharField(_("phone"), max_length=20, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="people", verbose_name=_("unit"))
    language = models.CharField(max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("active"), default=True)
    is_service = models.BooleanField(default=False, help_text="stands for an API key; cannot sign in")
    password_changed_at = models.DateTimeField(null=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        ordering = ["name_key", "id"]

    def __str__(self) -> str:
        return self.full_name or self.username

    def set_password(self, raw_password: str | None) -> None:
        """Set the password and the day its age is counted from."""
        super().set_password(raw_password)
        self.password_changed_at = timezone.now()

    def get_full_name(self) -> str:
        """The name shown on records."""
        return self.full_name

    @cached_property
    def roles(self) -> tuple[dict[str, Any], ...]:
        """Current roles: ``{"role", "unit", "kind", "district"}`` each."""
        data = getattr(self, "role_data", None)
        if data is None:
            fresh = type(self).objects.with_roles().filter(pk=self.pk).first()
            data = fresh.role_data if fresh else []
        return tuple(data)

    @cached_property
    def role_codes(self) -> frozenset[str]:
        """Codes of the roles held now."""
        return frozenset(role["role"] for role in self.roles)

    @property
    def role_label(self) -> str:
        """The names of the roles held now, in the language of the page."""
        from chengshu.bureau.roles import roles

        known = roles()
        return gettext(", ").join(known[code].label for code in known if code in self.role_codes)

    def may(self, permission: str) -> bool:
        """Whether any current role carries the permission."""
        from chengshu.bureau.roles import roles_with

        return self.is_active and not self.role_codes.isdisjoint(roles_with(permission))

    def scope_for(self, permission: str) -> Scope:
        """Where the person may use the permission."""
        from chengshu.bureau.scope import scope_of

        return scope_of(self, permission)


class Certificate(models.Model):
    """执法证: an officer without a valid one may not enforce (行政处罚法 2021 art. 42, 55)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="certificates")
    number = models.CharField(max_length=40)
    issuer = models.CharField(max_length=80, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        ordering = ["-valid_to"]
        constraints = [
            models.UniqueConstraint(fields=["number", "valid_from"], name="certificate_number_once"),
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")), name="certificate_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PasswordRecord(models.Model):
    """Hashes of earlier passwords, so that none of the last five is used again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_records")
    hash = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at:%Y-%m-%d}"
