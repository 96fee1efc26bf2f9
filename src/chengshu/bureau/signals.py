"""What signing in and joining a single sign-on account leave in the record."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.signals import social_account_added
from django.dispatch import receiver


@receiver(social_account_added)
def joined(request: Any, sociallogin: Any, **_kwargs: Any) -> None:
    """A single sign-on account was joined to a person's account."""
    from chengshu.bureau.services.base import record

    record(sociallogin.user, "sso.joined", None, provider=sociallogin.account.provider)
