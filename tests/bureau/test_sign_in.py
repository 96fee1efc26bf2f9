"""Signing in and out: passwords, lock-out, idle time, forced changes, second factors."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp_auth
from allauth.usersessions.models import UserSession
from axes.models import AccessFailureLog, AccessLog
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from chengshu.bureau import sessions
from chengshu.bureau.models import PasswordRecord, Unit, User
from tests import factories

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    cache.clear()


@pytest.fixture
def officer(squad: Unit) -> User:
    return factories.make_user("officer", squad, username="officer")


def sign_in(
    client: Client, username: str = "officer", password: str = factories.PASSWORD, **more: str
) -> Any:
    return client.post(LOGIN, {"login": username, "password": password}, **more)


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_page_is_in_chinese_and_offers_english(client: Client, district: Any) -> None:
    page = text(client.get(LOGIN))
    assert "登录" in page and "账号" in page and "English" in page
    for absent in ("signup", "注册", "password/reset", "email"):
        assert absent not in page
    client.cookies["chengshu_language"] = "en"
    assert "Sign in" in text(client.get(LOGIN))


def test_signing_in_and_out(client: Client, officer: User) -> None:
    answer = sign_in(client, " Officer ")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert AccessLog.objects.get().username == "officer"
    assert client.get("/me/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == LOGIN
    assert client.get("/me/")["Location"].startswith(LOGIN)
    assert AccessLog.objects.get().logout_time is not None


def test_the_way_leads_back_but_not_away(client: Client, officer: User) -> None:
    assert client.get("/people/")["Location"] == "/accounts/login/?next=/people/"
    answer = client.post(LOGIN, {"login": "officer", "password": factories.PASSWORD, "next": "/people/"})
    assert answer["Location"] == "/people/"
    client.logout()
    answer = client.post(
        LOGIN, {"login": "officer", "password": factories.PASSWORD, "next": "https://example.com/"}
    )
    assert answer["Location"] == "/"


@pytest.mark.parametrize("username", ["officer", "nobody"])
def test_a_wrong_name_and_a_wrong_password_look_alike(client: Client, officer: User, username: str) -> None:
    answer = sign_in(client, username, "wrong")
    assert answer.status_code == 200
    assert "账号或密码不正确。" in text(answer)
    assert AccessFailureLog.objects.get().username == username


def test_five_failures_lock_the_account_wherever_they_come_from(client: Client, officer: User) -> None:
    for number in range(4):
        assert sign_in(Client(), "OFFICER", "wrong", REMOTE_ADDR=f"10.0.0.{number}").status_code == 200
    locked = sign_in(client, "officer", "wrong")
    assert locked.status_code == 429
    until = timezone.localtime(timezone.now() + timedelta(minutes=30))
    assert "密码错误次数过多" in text(locked) and f"{until:%Y-%m-%d %H}" in text(locked)
    right = sign_in(client)
    assert right.status_code == 429
    assert client.get("/me/").status_code == 302
    assert sign_in(Client(), "somebody", "wrong").status_code == 200


def test_the_lock_ends_by_itself(client: Client, officer: User, time_machine: Any) -> None:
    for _n in range(5):
        sign_in(client, "officer", "wrong")
    time_machine.move_to(timezone.now() + timedelta(minutes=31))
    assert sign_in(client).status_code == 302


def test_a_success_forgets_the_failures(client: Client, officer: User) -> None:
    for _round in range(2):
        for _n in range(4):
            sign_in(client, "officer", "wrong")
        assert sign_in(client).status_code == 302
        client.logout()


def test_a_closed_account_does_not_open(client: Client, officer: User) -> None:
    User.objects.filter(pk=officer.pk).update(is_active=False)
    answer = sign_in(client)
    assert answer["Location"] == "/accounts/inactive/"
    assert "该账号已停用" in text(client.get("/accounts/inactive/"))
    assert client.get("/me/").status_code == 302


def test_closing_an_account_ends_its_sessions_at_once(client: Client, officer: User) -> None:
    sign_in(client)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert client.get("/me/").status_code == 302


# --- sessions ---------------------------------------------------------------------------------------
def test_an_idle_session_ends_and_the_page_says_why(client: Client, officer: User, settings: Any) -> None:
    sign_in(client)
    client.get("/me/")
    session = client.session
    session[sessions.SEEN] = int(time.time()) - settings.SESSION_IDLE_SECONDS - 1
    session.save()
    assert client.get("/me/").status_code == 302
    assert "长时间未操作" in text(client.get(LOGIN))


def test_the_longest_time_ends_even_a_busy_session(client: Client, officer: User, settings: Any) -> None:
    sign_in(client)
    client.get("/me/")
    session = client.session
    session[sessions.SIGNED_IN] = int(time.time()) - settings.SESSION_COOKIE_AGE - 1
    session.save()
    assert client.get("/me/").status_code == 302
    assert "登录时间已达上限" in text(client.get(LOGIN))


def test_other_sessions_end_on_request_and_on_a_new_password(client: Client, officer: User) -> None:
    other, third = Client(), Client()
    for each in (client, other, third):
        sign_in(each)
    assert UserSession.objects.filter(user=officer).count() == 3
    client.post("/me/sessions/")
    assert [each.get("/me/").status_code for each in (client, other, third)] == [200, 302, 302]
    sign_in(other)
    change(client, "Another-Horse-8!")
    assert [each.get("/me/").status_code for each in (client, other)] == [200, 302]


# --- passwords --------------------------------------------------------------------------------------
def change(client: Client, new: str, old: str = factories.PASSWORD, again: str | None = None) -> Any:
    data = {"oldpassword": old, "password1": new, "password2": again if again is not None else new}
    return client.post("/accounts/password/change/", data)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("Aa1!aaa", "密码至少 8 位。"),
        ("abcdefgh1", "须含大写字母、小写字母、数字、其他字符中的三类。"),
        ("Officer1!", "太相似"),
        (factories.PASSWORD, "不得与最近 5 次使用的密码相同。"),
    ],
)
def test_weak_passwords_are_refused(client: Client, officer: User, new: str, sentence: str) -> None:
    sign_in(client)
    answer = change(client, new)
    assert answer.status_code == 200
    found = re.sub(r"[“”\s]", "", text(answer))
    assert re.sub(r"[“”\s]", "", sentence) in found
    officer.refresh_from_db()
    assert officer.check_password(factories.PASSWORD)


def test_administrators_need_twelve_characters(client: Client, bureau: Unit) -> None:
    factories.make_user("system_admin", bureau, username="admin")
    sign_in(client, "admin")
    assert "密码至少 12 位。" in text(change(client, "Horse-Nine9"))
    assert change(client, "Horse-Number-9").status_code == 302


def test_the_last_five_passwords_stay_barred(client: Client, officer: User) -> None:
    sign_in(client)
    old = factories.PASSWORD
    for number in range(5):
        new = f"Correct-Cow-{number}!"
        assert change(client, new, old).status_code == 302
        old = new
    assert PasswordRecord.objects.filter(user=officer).count() == 5
    assert "不得与最近 5 次" in text(change(client, "Correct-Cow-0!", old))
    assert change(client, factories.PASSWORD, old).status_code == 302


def test_a_password_made_by_an_administrator_is_changed_first(client: Client, officer: User) -> None:
    User.objects.filter(pk=officer.pk).update(must_change_password=True)
    sign_in(client)
    assert client.get("/people/")["Location"] == "/accounts/password/change/"
    assert client.get("/people/", HTTP_HX_REQUEST="true")["HX-Redirect"] == "/accounts/password/change/"
    assert client.get("/api/v1/registry/classes").status_code == 403
    assert "请先设置自己的密码" in text(client.get("/accounts/password/change/"))
    assert change(client, "Another-Horse-8!").status_code == 302
    assert client.get("/people/").status_code == 200


def test_an_old_password_expires(client: Client, officer: User, settings: Any) -> None:
    User.objects.filter(pk=officer.pk).update(password_changed_at=timezone.now() - timedelta(days=91))
    sign_in(client)
    assert client.get("/people/")["Location"] == "/accounts/password/change/"
    assert "密码已过期" in text(client.get("/accounts/password/change/"))
    settings.PASSWORD_DAYS = 0
    assert client.get("/people/").status_code == 200


# --- second factors ---------------------------------------------------------------------------------
def confirm(client: Client) -> None:
    """Setting up factors asks for the password again."""
    assert client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD}).status_code == 302


def totp_for(user: User) -> str:
    secret = "JBSWY3DPEHPK3PXP"
    totp_auth.TOTP.activate(user, secret)
    return secret


def code_of(secret: str) -> str:
    counter = next(iter(totp_auth.yield_hotp_counters_from_time()))
    return totp_auth.format_hotp_value(totp_auth.hotp_value(secret, counter))


def test_the_second_step_asks_for_the_code(client: Client, officer: User) -> None:
    secret = totp_for(officer)
    assert sign_in(client)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/me/").status_code == 302
    page = client.get("/accounts/2fa/authenticate/")
    assert "验证码" in text(page) and "安全密钥" in text(page)
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "验证码不正确或已失效。" in text(wrong)
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).status_code == 302
    assert client.get("/me/").status_code == 200


def test_codes_cannot_be_guessed_at_will(client: Client, officer: User) -> None:
    secret = totp_for(officer)
    sign_in(client)
    for _n in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert "尝试次数过多" in text(answer)
    assert client.get("/me/").status_code == 302


def test_setting_up_an_app_gives_recovery_codes(client: Client, officer: User) -> None:
    sign_in(client)
    confirm(client)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert "data:image/svg+xml" in text(page)
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    codes = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    assert len(codes) == 10
    client.post("/accounts/logout/")
    sign_in(client)
    assert client.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 302
    assert client.get("/me/").status_code == 200


def test_changes_of_factors_need_a_fresh_confirmation(client: Client, officer: User) -> None:
    sign_in(client)
    answer = client.get("/accounts/2fa/totp/activate/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert "确认身份" in text(client.get("/accounts/reauthenticate/"))
    assert "密码不正确。" in text(client.post("/accounts/reauthenticate/", {"password": "wrong"}))
    confirm(client)
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_a_role_may_require_a_second_factor(client: Client, officer: User, settings: Any) -> None:
    settings.REQUIRE_MFA_ROLES = frozenset({"officer"})
    sign_in(client)
    assert client.get("/people/")["Location"] == "/accounts/2fa/"
    assert "您的角色必须使用双因素登录" in text(client.get("/accounts/2fa/"))
    totp_for(officer)
    assert client.get("/people/").status_code == 200
    confirm(client)
    answer = client.post("/accounts/2fa/totp/deactivate/")
    assert answer.status_code == 200 and "不能关闭" in text(answer)
    assert Authenticator.objects.filter(user=officer).exists()


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/",
        "/accounts/2fa/keys/",
        "/accounts/2fa/keys/add/",
        "/accounts/2fa/totp/activate/",
        "/accounts/password/change/",
        "/accounts/logout/",
        "/accounts/reauthenticate/",
        "/accounts/oidc/cancelled/",
    ],
)
def test_every_page_speaks_both_languages(client: Client, officer: User, path: str) -> None:
    sign_in(client)
    confirm(client)
    assert re.search("[一-龥]", text(client.get(path)).replace("中文", ""))
    client.cookies["chengshu_language"] = "en"
    answer = client.get(path)
    assert answer.status_code == 200
    rest = re.sub(r"<script.*?</script>|中文|城枢|测试\d+", "", text(answer))
    assert not re.search("[一-龥]", rest), re.findall("[一-龥]+", rest)
