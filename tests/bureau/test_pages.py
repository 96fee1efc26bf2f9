"""The bureau's pages as people meet them: queries, scope, masks, forms, exports."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessFailureLog, AccessLog
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chengshu.bureau.models import District, RosterEntry, Town, Unit, User
from chengshu.bureau.services import reference
from chengshu.kernel.models import UnmaskRecord
from tests import factories

pytestmark = pytest.mark.django_db


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    return client


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def table_of(response: Any) -> str:
    """What stands in the list itself."""
    return text(response).split('id="results"')[1].split("</main>")[0]


# --- people -----------------------------------------------------------------------------------------
def test_the_list_takes_three_queries_however_long(
    system: User, squad: Unit, django_assert_max_num_queries: Any
) -> None:
    for _n in range(12):
        factories.make_user("officer", squad)
    client = as_(system)
    client.get("/people/")
    with django_assert_max_num_queries(3):
        page = client.get("/people/")
    assert "长寿路街道中队" in text(page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=张", {"张三丰"}),
        ("q=zsf", {"张三丰"}),
        ("q=lisi", {"李四"}),
        ("q=HU0901", {"李四"}),
        ("role=legal_reviewer", {"李四"}),
        ("unit={squad}", {"张三丰"}),
        ("state=inactive", {"王五"}),
        ("q=nobody", set()),
        ("page=99&q=张", {"张三丰"}),
        ("unit=x&role=y&page=-1", None),
    ],
)
def test_filters(query: str, found: set[str] | None, system: User, squad: Unit, bureau: Unit) -> None:
    from chengshu.bureau.services import certificates, people

    names = {"张三丰": squad, "李四": bureau, "王五": bureau}
    made = {
        name: people.create_person(by=system, username=f"person{n}", full_name=name, unit=unit).person
        for n, (name, unit) in enumerate(names.items())
    }
    security = factories.make_user("security_admin")
    from chengshu.bureau.services.roles import grant_role

    grant_role(made["李四"], "legal_reviewer", bureau, by=security)
    today = timezone.localdate()
    certificates.add_certificate(
        made["李四"], by=system, number="HU0901", valid_from=today, valid_to=today + timedelta(days=10)
    )
    people.deactivate_person(made["王五"], by=system, reason="离职")
    page = table_of(as_(system).get(f"/people/?{query.format(squad=squad.pk)}"))
    if found is not None:
        assert {name for name in names if name in page} == found


def test_a_squad_sees_its_own_people_only(squad: Unit, other_squad: Unit, elsewhere: User) -> None:
    own, other = factories.make_user("officer", squad), factories.make_user("officer", other_squad)
    officer = factories.make_user("officer", squad)
    client = as_(officer)
    page = table_of(client.get("/people/?state=all"))
    assert own.full_name in page
    assert other.full_name not in page and elsewhere.full_name not in page
    assert client.get(f"/people/{own.pk}/").status_code == 200
    for stranger in (other, elsewhere):
        assert client.get(f"/people/{stranger.pk}/").status_code == 404
    units = text(client.get("/units/"))
    assert squad.name in units and other_squad.name not in units


def test_the_mobile_squad_sees_the_district_and_no_other(
    district: District, squad: Unit, other_squad: Unit, elsewhere: User
) -> None:
    people = [factories.make_user("officer", unit) for unit in (squad, other_squad)]
    rover = factories.make_user("officer", factories.unit(district, Unit.Kind.MOBILE_SQUAD))
    client = as_(rover)
    page = table_of(client.get("/people/"))
    assert all(person.full_name in page for person in people)
    assert elsewhere.full_name not in page
    assert client.get(f"/people/{elsewhere.pk}/").status_code == 404


def test_an_account_is_made_on_the_page_and_its_password_shown_once(system: User, squad: Unit) -> None:
    client = as_(system)
    data = {"full_name": "张三", "username": "zhangsan", "unit": squad.pk, "phone": "13812345678"}
    answer = client.post("/people/new/", data)
    assert answer["Cache-Control"] == "no-store"
    password = re.search(r'id="one-time-password">(.+?)<', answer.content.decode())
    person = User.objects.get(username="zhangsan")
    assert password is not None and person.check_password(password[1].replace("&#x27;", "'"))
    page = text(client.get(f"/people/{person.pk}/"))
    assert "138****5678" in page and "13812345678" not in page and password[1] not in page
    assert "建立账号" in page


def test_what_a_form_refuses_stands_at_the_field(system: User, squad: Unit) -> None:
    data = {"full_name": "张三", "username": "z", "unit": squad.pk, "phone": "1"}
    page = text(as_(system).post("/people/new/", data))
    assert "账号应为 3 至 30 位" in page and 'aria-invalid="true"' in page


def test_a_unit_out_of_reach_is_no_choice(system: User, elsewhere: User) -> None:
    data = {"full_name": "张三", "username": "zhangsan", "unit": elsewhere.unit_id}
    assert as_(system).post("/people/new/", data).status_code == 200
    assert not User.objects.filter(username="zhangsan").exists()


def test_a_telephone_number_is_shown_for_a_reason_that_is_recorded(squad: Unit) -> None:
    officer = factories.make_user("officer", squad, phone="13812345678")
    leader = factories.make_user("squad_leader", squad)
    client = as_(leader)
    client.post(f"/people/{officer.pk}/unmask/", {"reason": ""})
    assert not UnmaskRecord.objects.exists()
    page = text(client.post(f"/people/{officer.pk}/unmask/", {"reason": "联系核查事宜"}))
    assert "13812345678" in page
    record = UnmaskRecord.objects.get()
    assert (record.user, record.subject, record.reason) == (
        leader,
        f"bureau.user:{officer.pk}",
        "联系核查事宜",
    )
    assert "13812345678" not in text(client.get(f"/people/{officer.pk}/"))


def test_roles_are_granted_and_revoked_on_the_page(security: User, squad: Unit) -> None:
    person = factories.make_user(None, squad)
    client = as_(security)
    client.post(f"/people/{person.pk}/roles/", {"role": "officer", "unit": squad.pk, "reason": "定岗"})
    page = text(client.get(f"/people/{person.pk}/"))
    assert "角色已授予。" in page and "执法队员" in page
    assignment = person.assignments.get()
    client.post(f"/people/{person.pk}/roles/{assignment.pk}/revoke/")
    assert "角色已收回。" in text(client.get(f"/people/{person.pk}/"))
    client.post(f"/people/{person.pk}/roles/", {"role": "officer", "unit": squad.pk})
    client.post(f"/people/{person.pk}/roles/", {"role": "system_admin", "unit": squad.pk})
    assert "三员分立" in text(client.get(f"/people/{person.pk}/"))
    assert text(
        client.post(f"/people/{security.pk}/roles/", {"role": "officer", "unit": squad.pk}, follow=True)
    )
    assert security.assignments.count() == 1


# --- units, roles, rosters --------------------------------------------------------------------------
def test_the_tree_counts_people_and_measures_areas(system: User, squad: Unit) -> None:
    factories.make_user("officer", squad)
    page = text(as_(system).get("/units/"))
    assert "普陀区城市管理行政执法局" in page and "4.04" in page
    assert f'href="/people/?unit={squad.pk}"' in page


def test_a_unit_is_added_and_changed_on_the_page(system: User, bureau: Unit, squad: Unit) -> None:
    client = as_(system)
    data = {"parent": bureau.pk, "kind": "section", "code": "PT-09", "name": "财务科"}
    assert client.post("/units/new/", data)["Location"] == "/units/"
    unit = Unit.objects.get(code="PT-09")
    data = {"parent": bureau.pk, "name": "计财科", "active": "on"}
    client.post(f"/units/{unit.pk}/edit/", data)
    unit.refresh_from_db()
    assert (unit.name, unit.active) == ("计财科", True)
    page = text(client.post(f"/units/{squad.pk}/edit/", {"parent": bureau.pk, "name": "", "active": "on"}))
    assert 'aria-invalid="true"' in page


def test_renaming_a_squad_keeps_its_towns(system: User, bureau: Unit, squad: Unit) -> None:
    towns = [str(town.pk) for town in squad.towns.all()]
    data = {"parent": bureau.pk, "name": "长寿中队", "towns": towns, "active": "on"}
    as_(system).post(f"/units/{squad.pk}/edit/", data)
    squad.refresh_from_db()
    assert squad.name == "长寿中队" and [str(town.pk) for town in squad.towns.all()] == towns


def test_the_matrix_shows_the_role_file(system: User) -> None:
    page = text(as_(system).get("/roles/"))
    assert "安全管理员" in page and "授予角色" in page and "三员分立" in page


def test_a_week_of_duties(squad: Unit, other_squad: Unit) -> None:
    leader, officer = factories.make_user("squad_leader", squad), factories.make_user("officer", squad)
    client = as_(leader)
    day = timezone.localdate() + timedelta(days=8)
    data = {"user": officer.pk, "duty": "patrol", "day": day.isoformat(), "begins": "22:00", "ends": "06:00"}
    answer = client.post(f"/roster/{squad.pk}/duties/", {**data, "note": "夜间施工"})
    page = text(client.get(answer["Location"]))
    assert "22:00–06:00" in page and "巡查" in page and "夜间施工" in page
    duty = RosterEntry.objects.get()
    assert duty.ends_at - duty.starts_at == timedelta(hours=8)
    assert "在该时段已有勤务" in text(client.post(f"/roster/{squad.pk}/duties/", data, follow=True))
    assert client.post(f"/roster/{other_squad.pk}/duties/", data).status_code == 404
    foreign = as_(factories.make_user("squad_leader", other_squad))
    assert foreign.post(f"/roster/duties/{duty.pk}/remove/").status_code == 404
    client.post(f"/roster/duties/{duty.pk}/remove/")
    assert not RosterEntry.objects.exists()
    assert client.get("/roster/?week=nonsense&unit=nonsense").status_code == 200


# --- audit ------------------------------------------------------------------------------------------
@pytest.fixture
def auditor(district: District) -> User:
    return factories.make_user("audit_admin")


def test_the_audit_log_shows_the_own_district(auditor: User, squad: Unit, elsewhere: User) -> None:
    officer = factories.make_user("officer", squad)
    for name in (officer.username, elsewhere.username):
        AccessLog.objects.create(username=name, ip_address="10.1.2.3")
        AccessFailureLog.objects.create(username=name, ip_address="10.1.2.3")
    AccessFailureLog.objects.create(username="stranger", ip_address="10.9.9.9")
    client = as_(auditor)
    page = table_of(client.get("/audit/"))
    assert officer.username in page and elsewhere.username not in page
    page = table_of(client.get("/audit/?kind=failures"))
    assert officer.username in page and "stranger" in page and elsewhere.username not in page
    page = table_of(client.get("/audit/?kind=failures&q=stranger"))
    assert "stranger" in page and officer.username not in page
    tomorrow = timezone.localdate() + timedelta(days=1)
    page = table_of(client.get(f"/audit/?since={tomorrow}"))
    assert officer.username not in page
    assert client.get("/audit/?kind=nonsense&since=x").status_code == 200


def test_changes_and_looks_behind_masks_are_listed(
    auditor: User, security: User, system: User, squad: Unit, bureau: Unit
) -> None:
    from chengshu.bureau.services.roles import grant_role
    from chengshu.bureau.services.units import change_unit

    officer = factories.make_user(None, squad, full_name="陆启明")
    grant_role(officer, "officer", squad, by=security, reason="定岗")
    change_unit(squad, by=system, name="长寿中队")
    leader = factories.make_user("squad_leader", squad)
    UnmaskRecord.objects.create(user=leader, subject="registry.object:7", fields=["phone"], reason="核实投诉")
    client = as_(auditor)
    page = table_of(client.get("/audit/?kind=changes"))
    assert "授予角色" in page and "陆启明" in page and "定岗" in page and "变更机构" in page
    page = table_of(client.get("/audit/?kind=unmask"))
    assert "registry.object:7" in page and "核实投诉" in page


def test_the_export_says_who_took_it(auditor: User) -> None:
    AccessLog.objects.create(username=auditor.username, ip_address="10.1.2.3")
    answer = as_(auditor).get("/audit/export.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("时间,账号") and "10.1.2.3" in answer.content.decode()
    assert auditor.username in lines[-1] and "导出" in lines[-1]
    assert "attachment" in answer["Content-Disposition"]


# --- boundaries -------------------------------------------------------------------------------------
def shipped() -> dict[str, Any]:
    return json.loads((reference.DATA / "310107" / "towns.geojson").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def upload(client: Client, data: Any) -> Any:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.post("/areas/", {"file": SimpleUploadedFile("towns.geojson", content)})


@pytest.fixture
def file_folder(settings: Any, tmp_path: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        },
    }


def test_a_file_is_looked_at_before_it_is_stored(system: User, district: District, file_folder: None) -> None:
    client = as_(system)
    assert "与现有边界一致" in text(upload(client, shipped()))
    data = shipped()
    data["features"][0]["properties"]["name"] = "曹杨街道"
    page = upload(client, data)
    assert "曹杨新村街道 → 曹杨街道" in text(page)
    assert not Town.objects.filter(name="曹杨街道").exists()
    client.post("/areas/", {"confirm": page.context["token"]})
    assert Town.objects.filter(name="曹杨街道").exists()


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", b"{}", b"", b'{"type": "FeatureCollection", "features": []}']
)
def test_a_useless_file_gets_a_sentence(content: bytes, system: User, file_folder: None) -> None:
    page = upload(as_(system), content)
    assert page.status_code == 200 and re.search("GeoJSON|街镇|文件", text(page))


def test_another_district_and_a_forged_confirmation_are_refused(
    system: User, district: District, file_folder: None
) -> None:
    client = as_(system)
    other = json.loads(json.dumps(shipped()).replace("310107", "310199"))
    assert "不是本区" in text(upload(client, other))
    assert "预览已失效" in text(client.post("/areas/", {"confirm": "forged"}, follow=True))


def test_boundaries_are_sent_once_until_they_change(system: User, district: District) -> None:
    client = as_(system)
    answer = client.get("/areas/310107.geojson")
    assert len(answer.json()["features"]) == 10
    again = client.get("/areas/310107.geojson", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert again.status_code == 304
    District.objects.filter(pk=district.pk).update(version=99)
    assert client.get("/areas/310107.geojson", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 200
    assert client.get("/areas/310106.geojson").status_code == 404
    assert client.get("/areas/transport.geojson").json()["features"]


# --- one's own account ------------------------------------------------------------------------------
def test_the_language_stays_with_the_account(squad: Unit) -> None:
    officer = factories.make_user("officer", squad, username="officer")
    client = as_(officer)
    assert "我的账号" in text(client.get("/me/"))
    client.post("/me/language/", {"language": "en"})
    assert "My account" in text(client.get("/me/"))
    assert "没有该语言。" not in text(client.get("/me/"))
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"login": "officer", "password": factories.PASSWORD})
    assert "My account" in text(elsewhere.get("/me/"))
    client.post("/me/language/", {"language": "xx"})
    officer.refresh_from_db()
    assert officer.language == "en"


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        (
            "system_admin",
            ["/people/", "/people/new/", "/units/", "/units/new/", "/roles/", "/roster/", "/areas/", "/me/"],
        ),
        ("audit_admin", ["/audit/", "/audit/?kind=failures", "/audit/?kind=unmask", "/audit/?kind=changes"]),
    ],
)
def test_every_page_speaks_both_languages(role: str, paths: list[str], squad: Unit) -> None:
    officer = factories.make_user("officer", squad, full_name="Lu")
    client = as_(factories.make_user(role, full_name="Admin"))
    client.cookies["chengshu_language"] = "en"
    for path in [*paths, f"/people/{officer.pk}/"]:
        answer = client.get(path)
        assert answer.status_code == 200, path
        rest = re.sub(r"<script.*?</script>|中文|城枢", "", text(answer))
        assert not re.search("[一-龥]", rest), (path, re.findall("[一-龥]+", rest)[:5])


def test_the_navigation_shows_what_one_may(squad: Unit) -> None:
    shown = text(as_(factories.make_user("officer", squad)).get("/me/"))
    assert 'href="/people/"' in shown and 'href="/audit/"' not in shown and 'href="/areas/"' not in shown


def test_pages_stay_cheap(system: User, squad: Unit) -> None:
    from django.db import connection

    for _n in range(5):
        factories.make_user("officer", squad)
    client = as_(system)
    for path, limit in (("/units/", 6), ("/roles/", 4), ("/roster/", 7), ("/areas/", 7)):
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(path)
        assert len(queries) <= limit, (path, [q["sql"][:80] for q in queries])
