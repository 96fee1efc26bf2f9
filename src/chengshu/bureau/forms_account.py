"""allauth's forms in our words: labels instead of placeholders."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _


def _plain(form: forms.Form, **labels: Any) -> None:
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        if name in labels:
            field.label = labels[name]


class SignInForm(LoginForm):  # type: ignore[misc]
    """登录."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, login=_("Account"), password=_("Password"))
        self.fields["login"].widget.attrs["autofocus"] = True


class ChangeForm(ChangePasswordForm):  # type: ignore[misc]
    """修改密码."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(
            self,
            oldpassword=_("Current password"),
            password1=_("New password"),
            password2=_("New password again"),
        )


class ReauthenticatePasswordForm(ReauthenticateForm):  # type: ignore[misc]
    """再次确认身份."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, password=_("Password"))


class SecondFactorForm(AuthenticateForm):  # type: ignore[misc]
    """登录的第二步."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code=_("Verification code"))
        self.fields["code"].widget.attrs |= {"autofocus": True, "inputmode": "numeric"}


class ReauthenticateSecondFactorForm(ReauthenticateCodeForm):  # type: ignore[misc]
    """以验证码再次确认身份."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code=_("Verification code"))


class SetUpAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """绑定验证器."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code=_("Verification code"))
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """添加安全密钥."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, name=_("Name of the key"))


class RenameKeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """修改安全密钥名称."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, name=_("Name of the key"))
