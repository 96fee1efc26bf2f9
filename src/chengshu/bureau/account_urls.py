"""Sign-in: those pages of allauth that a bureau uses. No sign-up, no e-mail pages."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.urls import path

from chengshu.bureau.views import wecom
from chengshu.kernel.access import public, signed_in

urlpatterns = [
    path("login/", public(account.login), name="account_login"),
    path("logout/", public(account.logout), name="account_logout"),
    path("inactive/", public(account.account_inactive), name="account_inactive"),
    path("password/change/", signed_in(account.password_change), name="account_change_password"),
    path("reauthenticate/", signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("2fa/", signed_in(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", public(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", signed_in(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", signed_in(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/recovery-codes/generate/",
        signed_in(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/recovery-codes/download/",
        signed_in(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("2fa/keys/", signed_in(keys.list_webauthn), name="mfa_list_webauthn"),
    path("2fa/keys/add/", signed_in(keys.add_webauthn), name="mfa_add_webauthn"),
    path(
        "2fa/keys/reauthenticate/",
        signed_in(keys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/keys/<int:pk>/edit/", signed_in(keys.edit_webauthn), name="mfa_edit_webauthn"),
    path("2fa/keys/<int:pk>/remove/", signed_in(keys.remove_webauthn), name="mfa_remove_webauthn"),
    path("oidc/<provider_id>/login/", public(oidc.login), name="openid_connect_login"),
    path("oidc/<provider_id>/login/callback/", public(oidc.callback), name="openid_connect_callback"),
    path("oidc/cancelled/", public(social.login_cancelled), name="socialaccount_login_cancelled"),
    path("wecom/login/", wecom.login, name="wecom_login"),
    path("wecom/login/callback/", wecom.callback, name="wecom_callback"),
    path("oidc/error/", public(social.login_error), name="socialaccount_login_error"),
]
