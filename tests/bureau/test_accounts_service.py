"""Accounts: unlocking, one-time passwords, lost second factors."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.utils import timezone

from chengshu.bureau import passwords
from chengshu.bureau.models import Unit, User
from chengshu.bureau.services import accounts
from chengshu.bureau.services.base import Refused
from chengshu.kernel.models import LedgerEntry
from tests import factories

pytestmark = pytest.mark.django_db


def lock(person: User) -> None:
    AccessAttempt.objects.create(
        username=person.username, ip_address="10.0.0.1", attempt_time=timezone.now(), failures_since_start=5
    )


def test_a_locked_account_is_unlocked(security: User, squad: Unit) -> None:
    officer = factories.make_user("officer", squad)
    with pytest.raises(Refused, match="该账号未被锁定。"):
        accounts.unlock(officer, by=security)
    lock(officer)
    until = accounts.locked_until(officer.username)
    assert until is not None and until > timezone.now()
    accounts.unlock(officer, by=security)
    assert accounts.locked_until(officer.username) is None
    assert LedgerEntry.objects.filter(chain=f"bureau.user:{officer.pk}", action="account.unlocked").exists()


def test_four_failures_do_not_lock(squad: Unit) -> None:
    officer = factories.make_user("officer", squad)
    lock(officer)
    AccessAttempt.objects.update(failures_since_start=4)
    assert accounts.locked_until(officer.username) is None


def test_a_reset_password_works_once(security: User, squad: Unit) -> None:
    officer = factories.make_user("officer", squad)
    lock(officer)
    password = accounts.reset_password(officer, by=security)
    officer.refresh_from_db()
    assert officer.check_password(password) and passwords.must_change(officer)
    assert accounts.locked_until(officer.username) is None


def test_refusals(security: User, system: User, squad: Unit, elsewhere: User) -> None:
    officer = factories.make_user("officer", squad)
    with pytest.raises(Refused, match="本人密码"):
        accounts.reset_password(security, by=security)
    for service in (accounts.reset_password, accounts.unlock, accounts.remove_second_factors):
        with pytest.raises(Refused, match="不在您的管理范围内"):
            service(officer, by=system)
        with pytest.raises(Refused, match="不在您的管理范围内"):
            service(elsewhere, by=security)
    with pytest.raises(Refused, match="本人双因素"):
        accounts.remove_second_factors(security, by=security)
    with pytest.raises(Refused, match="该账号未设置双因素。"):
        accounts.remove_second_factors(officer, by=security)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    with pytest.raises(Refused, match="该账号已停用。"):
        accounts.reset_password(officer, by=security)


def test_a_lost_second_factor_is_taken_away(security: User, squad: Unit) -> None:
    officer = factories.make_user("officer", squad)
    Authenticator.objects.create(user=officer, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert accounts.remove_second_factors(officer, by=security) == 1
    assert not Authenticator.objects.filter(user=officer).exists()


def test_one_time_passwords_keep_the_rules() -> None:
    from django.contrib.auth.password_validation import validate_password

    seen = {passwords.one_time_password() for _n in range(200)}
    assert len(seen) == 200
    for password in seen:
        assert len(password) == 14 and not set(password) & set("IOl01")
        validate_password(password)
