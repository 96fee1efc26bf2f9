"""What the sign-in pages ask about the person who is looking."""

from __future__ import annotations

from django import template
from django.conf import settings

from chengshu.bureau import passwords, sessions
from chengshu.bureau.models import User

register = template.Library()


@register.simple_tag
def password_reason(user: User) -> str:
    """Why the password must be changed now: ``first``, ``expired`` or nothing."""
    if not user.is_authenticated or not passwords.must_change(user):
        return ""
    return "first" if user.must_change_password or user.password_changed_at is None else "expired"


@register.simple_tag
def second_factor_missing(user: User) -> bool:
    """Whether the person's role needs a second factor that is not set up yet."""
    return sessions.needs_second_factor(user) and not sessions.has_second_factor(user)


@register.simple_tag
def wecom_sign_in() -> str:
    """What signing in with WeCom is called here; nothing where it is not set up."""
    from chengshu.bureau.views import wecom

    return str(settings.WECOM_SIGN_IN["name"]) if wecom.application() else ""
