"""allauth's questions, answered for a bureau: no self sign-up, sign-in through the bureau's own accounts."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from chengshu.bureau import sessions
from chengshu.bureau.models import User
from chengshu.ui.navigation import visible


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by administrators."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("Account or password is wrong."),
        "incorrect_password": _("The password is wrong."),
        "enter_current_password": _("The current password is wrong."),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes and try again."),
        "rate_limited": _("Too many attempts. Wait five minutes and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Wrong passwords are counted by axes, in the database, for all web processes together."""

    def set_password(self, user: User, password: str) -> None:
        """A person's own change settles what an administrator had asked for."""
        user.set_password(password)
        user.must_change_password = False
        user.save(update_fields=["password", "password_changed_at", "must_change_password"])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """A display has no desk; it begins with the first page that its role may open."""
        user: Any = request.user
        if sessions.unattended(user):
            links = (link for group in visible(user) for link in group.links if link.item.permission)
            if first := next(links, None):
                return first.url
        return str(super().get_login_redirect_url(request))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """The language kept with the account, in a browser that has not chosen one."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            set_language_cookie(response, user.language)
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        return str(request.META.get("REMOTE_ADDR") or "127.0.0.1")


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors; where the role asks for one, the last cannot be taken away."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("The code is wrong or has expired."),
        "cannot_delete_authenticator": _("Your role requires a second factor; it cannot be turned off."),
    }

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        if not sessions.needs_second_factor(authenticator.user):
            return True
        others = type(authenticator).objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return bool(others.exclude(type="recovery_codes").exists())

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.username)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Single sign-on joins an existing account; it never makes one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Join the account of the same name, or of the e-mail that the provider has verified."""
        if sociallogin.is_existing:
            return
        person = find_person(sociallogin)
        if person is None:
            raise ImmediateHttpResponse(render(request, "bureau/sso_unknown.html", status=403))
        sociallogin.connect(request, person)


def find_person(sociallogin: Any) -> User | None:
    """The one active person that a single sign-on login belongs to.

    First by account name, then by an e-mail address that the provider says it has verified; an address that
    two people share joins nobody.
    """
    claimed = sociallogin.user
    username = str(getattr(claimed, "username", "") or "").strip().lower()
    active = User.objects.filter(is_active=True)
    person: User | None = active.filter(username=username).first() if username else None
    if person is not None:
        return person
    verified = [address.email for address in sociallogin.email_addresses if address.verified]
    for email in verified:
        people: list[User] = list(active.filter(email__iexact=email)[:2])
        if len(people) == 1:
            return people[0]
    return None


def set_language_cookie(response: HttpResponse, code: str) -> None:
    """Tell the browser which language to ask for."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=365 * 24 * 3600,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def client_username(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The account that a sign-in attempt names, in the one spelling that attempts are counted under."""
    found = (credentials or {}).get("username") or (credentials or {}).get("login")
    return str(found or request.POST.get("login") or "").strip().lower()[:150]


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The page after too many wrong passwords: when to try again, and who can unlock."""
    from chengshu.bureau.services.accounts import locked_until

    username = client_username(request, getattr(request, "axes_credentials", None))
    return render(request, "bureau/locked_out.html", {"until": locked_until(username)}, status=429)
