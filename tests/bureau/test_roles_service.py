"""Roles: granted, revoked, kept apart; and each refusal."""

from __future__ import annotations

import pytest

from chengshu.bureau.models import RoleAssignment, Unit, User
from chengshu.bureau.services import roles
from chengshu.bureau.services.base import Refused
from chengshu.kernel.models import LedgerEntry
from tests import factories

pytestmark = pytest.mark.django_db


def held(person: User) -> frozenset[str]:
    return User.objects.with_roles().get(pk=person.pk).role_codes


def test_a_role_is_granted_and_revoked_on_the_record(security: User, squad: Unit) -> None:
    person = factories.make_user(None, squad)
    assignment = roles.grant_role(person, "officer", squad, by=security, reason="定岗")
    assert held(person) == {"officer"}
    roles.revoke_role(assignment, by=security, reason="轮岗")
    assert held(person) == frozenset()
    assignment.refresh_from_db()
    assert (assignment.granted_by, assignment.revoked_by) == (security, security)
    entries = LedgerEntry.objects.filter(chain=f"bureau.user:{person.pk}").order_by("seq")
    assert [(entry.action, entry.actor, entry.payload["reason"]) for entry in entries] == [
        ("role.granted", security.username, "定岗"),
        ("role.revoked", security.username, "轮岗"),
    ]
    with pytest.raises(Refused, match="该角色已收回。"):
        roles.revoke_role(assignment, by=security)
    roles.grant_role(person, "officer", squad, by=security)
    assert RoleAssignment.objects.filter(user=person).count() == 2


def test_two_business_roles_may_be_held(security: User, squad: Unit, bureau: Unit) -> None:
    person = factories.make_user("officer", squad)
    roles.grant_role(person, "registry_clerk", bureau, by=security)
    assert held(person) == {"officer", "registry_clerk"}


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ("system_admin", "security_admin", "管理员不得再授予其他角色"),
        ("system_admin", "officer", "管理员不得再授予其他角色"),
        ("audit_admin", "analyst", "管理员不得再授予其他角色"),
        ("security_admin", "audit_admin", "管理员不得兼任其他角色"),
        ("officer", "system_admin", "管理员不得兼任其他角色"),
    ],
)
def test_administrators_hold_one_role(
    first: str, second: str, sentence: str, security: User, bureau: Unit
) -> None:
    person = factories.make_user(first, bureau)
    with pytest.raises(Refused, match="三员分立"):
        roles.grant_role(person, second, bureau, by=security)
    assert held(person) == {first}


def test_a_new_administrator_chooses_a_longer_password(security: User, bureau: Unit) -> None:
    person = factories.make_user(None, bureau)
    roles.grant_role(person, "audit_admin", bureau, by=security)
    assert User.objects.get(pk=person.pk).must_change_password


def test_refusals_of_granting(security: User, system: User, squad: Unit, elsewhere: User) -> None:
    person = factories.make_user("officer", squad)
    with pytest.raises(Refused, match="没有该角色。"):
        roles.grant_role(person, "emperor", squad, by=security)
    with pytest.raises(Refused, match="已有该角色。"):
        roles.grant_role(person, "officer", squad, by=security)
    with pytest.raises(Refused, match="不能变更本人的角色。"):
        roles.grant_role(security, "officer", squad, by=security)
    with pytest.raises(Refused, match="不在您的管理范围内"):
        roles.grant_role(person, "analyst", squad, by=system)
    with pytest.raises(Refused, match="不在您的管理范围内"):
        roles.grant_role(person, "officer", elsewhere.unit, by=security)
    with pytest.raises(Refused, match="属于其他区"):
        roles.grant_role(elsewhere, "officer", squad, by=security)
    Unit.objects.filter(pk=squad.pk).update(active=False)
    squad.refresh_from_db()
    with pytest.raises(Refused, match="已停用"):
        roles.grant_role(person, "analyst", squad, by=security)
    User.objects.filter(pk=person.pk).update(is_active=False)
    with pytest.raises(Refused, match="该账号已停用。"):
        roles.grant_role(person, "analyst", squad, by=security)


def test_refusals_of_revoking(security: User, system: User, bureau: Unit) -> None:
    own = RoleAssignment.objects.get(user=security)
    with pytest.raises(Refused, match="不能变更本人的角色。"):
        roles.revoke_role(own, by=security)
    officer = factories.make_user("officer", bureau)
    assignment = RoleAssignment.objects.get(user=officer)
    with pytest.raises(Refused, match="不在您的管理范围内"):
        roles.revoke_role(assignment, by=system)


def test_two_security_administrators_may_replace_one_another(security: User, bureau: Unit) -> None:
    second = factories.make_user("security_admin", bureau)
    roles.revoke_role(RoleAssignment.objects.get(user=second), by=security)
    third = factories.make_user("security_admin", bureau)
    roles.revoke_role(RoleAssignment.objects.get(user=security), by=third)
    assert held(security) == frozenset()


def test_a_closed_account_does_not_count_as_security_administrator(security: User, bureau: Unit) -> None:
    second = factories.make_user("security_admin", bureau)
    User.objects.filter(pk=second.pk).update(is_active=False)
    with pytest.raises(Refused, match="这是最后一名安全管理员"):
        roles.end_roles(security, by=second, reason="测试")
