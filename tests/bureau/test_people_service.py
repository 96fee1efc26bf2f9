"""People: made, changed, closed, opened; and each refusal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chengshu.bureau.models import RoleAssignment, RosterEntry, Unit, User
from chengshu.bureau.services import people
from chengshu.bureau.services.base import Refused
from chengshu.kernel.ledger import verify_chain
from chengshu.kernel.models import LedgerEntry
from tests import factories

pytestmark = pytest.mark.django_db


def actions(person: User) -> list[str]:
    entries = LedgerEntry.objects.filter(chain=f"bureau.user:{person.pk}").order_by("seq")
    return list(entries.values_list("action", flat=True))


def test_a_new_person_has_no_role_and_a_password_to_change(system: User, squad: Unit) -> None:
    made = people.create_person(
        by=system, username=" Zhang.San ", full_name=" 张三 ", unit=squad, phone="13812345678"
    )
    person = User.objects.get(pk=made.person.pk)
    assert (person.username, person.full_name, person.unit) == ("zhang.san", "张三", squad)
    assert person.check_password(made.password) and person.must_change_password
    assert "zhangsan" in person.name_key and "zs" in person.name_key
    assert not person.roles
    assert actions(person) == ["person.created"]
    assert made.password not in str(LedgerEntry.objects.values_list("payload", flat=True))
    verify_chain(f"bureau.user:{person.pk}")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"username": "ab"}, "账号应为 3 至 30 位"),
        ({"username": "张三"}, "账号应为 3 至 30 位"),
        ({"username": "a" * 31}, "账号应为 3 至 30 位"),
        ({"full_name": "  "}, "姓名不能为空"),
        ({"full_name": "长" * 61}, "姓名不能为空"),
        ({"phone": "12345"}, "电话号码格式不正确。"),
        ({"phone": "=1+1"}, "电话号码格式不正确。"),
        ({"email": "nobody"}, "电子邮箱格式不正确。"),
    ],
)
def test_bad_data_of_a_new_person_are_refused(
    changes: dict[str, str], sentence: str, system: User, squad: Unit
) -> None:
    data = {"username": "zhangsan", "full_name": "张三", "phone": "", "email": "", **changes}
    before = User.objects.count()
    with pytest.raises(Refused, match=sentence):
        people.create_person(by=system, unit=squad, **data)
    assert User.objects.count() == before


def test_an_account_exists_once(system: User, squad: Unit) -> None:
    people.create_person(by=system, username="zhangsan", full_name="张三", unit=squad)
    with pytest.raises(Refused, match="账号 zhangsan 已存在。"):
        people.create_person(by=system, username="ZhangSan", full_name="张三丰", unit=squad)


def test_only_who_may_and_only_in_the_own_district(squad: Unit, elsewhere: User) -> None:
    leader = factories.make_user("squad_leader", squad)
    with pytest.raises(Refused, match="不在您的管理范围内"):
        people.create_person(by=leader, username="zhangsan", full_name="张三", unit=squad)
    system = factories.make_user("system_admin")
    with pytest.raises(Refused, match="不在您的管理范围内"):
        people.create_person(by=system, username="zhangsan", full_name="张三", unit=elsewhere.unit)
    with pytest.raises(Refused, match="不在您的管理范围内"):
        people.change_person(elsewhere, by=system, full_name="改名")
    with pytest.raises(Refused, match="不在您的管理范围内"):
        people.deactivate_person(elsewhere, by=system, reason="离职")


def test_a_closed_unit_takes_nobody(system: User, squad: Unit) -> None:
    Unit.objects.filter(pk=squad.pk).update(active=False)
    squad.refresh_from_db()
    with pytest.raises(Refused, match="长寿路街道中队已停用。"):
        people.create_person(by=system, username="zhangsan", full_name="张三", unit=squad)


def test_changes_are_recorded_without_their_values(system: User, squad: Unit) -> None:
    officer = factories.make_user("officer", squad)
    assert people.change_person(officer, by=system, full_name="新名字", phone="13800001111") == [
        "full_name",
        "phone",
    ]
    assert people.change_person(officer, by=system, full_name="新名字") == []
    entry = LedgerEntry.objects.get(chain=f"bureau.user:{officer.pk}")
    assert entry.payload == {"fields": ["full_name", "phone"]}
    assert User.objects.get(pk=officer.pk).name_key.startswith("xin1")


def test_moving_ends_the_roles_at_the_former_unit(system: User, squad: Unit, other_squad: Unit) -> None:
    officer = factories.make_user("officer", squad)
    people.change_person(officer, by=system, unit=other_squad)
    officer = User.objects.with_roles().get(pk=officer.pk)
    assert (officer.unit, officer.roles) == (other_squad, ())
    assert RoleAssignment.objects.get(user=officer).revoked_by == system
    assert actions(officer) == ["role.revoked", "person.changed"]


def test_nobody_moves_to_another_district(system: User, squad: Unit, elsewhere: User) -> None:
    officer = factories.make_user("officer", squad)
    with pytest.raises(Refused, match="人员不能调往其他区。"):
        people.change_person(officer, by=system, unit=elsewhere.unit)


def test_closing_an_account_ends_roles_and_coming_duties(system: User, squad: Unit) -> None:
    officer = factories.make_user("officer", squad)
    now = timezone.now()
    for hours in (-2, 24):
        start = now + timedelta(hours=hours)
        RosterEntry.objects.create(
            unit=squad, user=officer, starts_at=start, ends_at=start + timedelta(hours=4)
        )
    people.deactivate_person(officer, by=system, reason="调离")
    officer = User.objects.with_roles().get(pk=officer.pk)
    assert (officer.is_active, officer.roles) == (False, ())
    assert RosterEntry.objects.filter(user=officer).count() == 1
    with pytest.raises(Refused, match="该账号已停用。"):
        people.deactivate_person(officer, by=system, reason="调离")
    password = people.reactivate_person(officer, by=system)
    officer.refresh_from_db()
    assert officer.is_active and officer.check_password(password) and officer.must_change_password
    with pytest.raises(Refused, match="该账号正常在用。"):
        people.reactivate_person(officer, by=system)


def test_closing_needs_a_reason_and_somebody_else(system: User, squad: Unit) -> None:
    officer = factories.make_user("officer", squad)
    with pytest.raises(Refused, match="请填写停用原因。"):
        people.deactivate_person(officer, by=system, reason=" ")
    with pytest.raises(Refused, match="不能停用本人账号。"):
        people.deactivate_person(system, by=system, reason="离职")


def test_the_last_security_administrator_stays(system: User, security: User, bureau: Unit) -> None:
    with pytest.raises(Refused, match="这是最后一名安全管理员"):
        people.deactivate_person(security, by=system, reason="离职")
    security.refresh_from_db()
    assert security.is_active
    factories.make_user("security_admin", bureau)
    people.deactivate_person(security, by=system, reason="离职")
