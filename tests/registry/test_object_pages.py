"""The object's file, its forms and what happens when two people change it at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chengshu.bureau.models import District, Grid, Unit
from chengshu.kernel.models import LedgerEntry, UnmaskRecord
from chengshu.registry.models import FactRecord, RegulatedObject
from chengshu.registry.queries import dossier
from chengshu.registry.services import papers
from chengshu.registry.services.objects import Provenance, change_object
from tests import factories

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture
def clerk(district: District, client: Client) -> Client:
    """A signed-in registry clerk."""
    client.force_login(
        factories.make_user("registry_clerk"), backend="chengshu.bureau.backends.BureauBackend"
    )
    return client


def page(client: Client, obj: RegulatedObject) -> str:
    return client.get(reverse("registry:object", args=[obj.pk])).content.decode()


def form_of(client: Client, url: str) -> dict[str, str]:
    """The form's values as the page shows them."""
    form = client.get(url).context["form"]
    values = {bound.name: bound.value() for bound in form}
    return {name: "" if value is None else str(value) for name, value in values.items() if value != []}


def test_file_shows_facts_with_their_source(clerk: Client, district: District) -> None:
    obj = factories.make_object(
        district, name="绿洲湖畔小吃店", responsible_phone=PHONE, responsible_name="张小三"
    )
    by_round = Provenance(FactRecord.Source.ROUND, factories.date(2020, 11, 20), label="秋季核查")
    change_object(obj, {"address": "长寿路999号"}, by_round, None)
    html = page(clerk, obj)
    for text in (
        "绿洲湖畔小吃店",
        "长寿路999号",
        "秋季核查",
        "2020-11-20",
        "长寿路街道",
        "138****5678",
        "张*三",
    ):
        assert text in html
    assert PHONE not in html
    assert "地址：长寿路" in html or "地址: 长寿路" in html  # the timeline says from what to what


def test_neighbours_nearest_first(clerk: Client, district: District) -> None:
    lng, lat = factories.IN_CHANGSHOU
    obj = factories.make_object(district, name="中间")
    factories.make_object(district, name="很近", position=(lng + 0.0003, lat))
    factories.make_object(district, name="近", position=(lng + 0.001, lat))
    factories.make_object(district, name="太远", position=(lng + 0.003, lat))
    found = clerk.get(reverse("registry:object", args=[obj.pk])).context["neighbours"]
    assert [n.name for n in found] == ["很近", "近"]
    assert 25 <= found[0].metres <= 32


def test_unmasking_needs_a_reason_and_is_recorded(clerk: Client, district: District) -> None:
    obj = factories.make_object(district, responsible_phone=PHONE)
    url = reverse("registry:object", args=[obj.pk])
    assert PHONE not in clerk.post(url, {"reason": " "}).content.decode()
    assert not UnmaskRecord.objects.exists()
    assert PHONE in clerk.post(url, {"reason": "联系整改"}).content.decode()
    record = UnmaskRecord.objects.get()
    assert (record.subject, record.fields, record.reason) == (
        f"registry.object:{obj.pk}",
        ["responsible_phone"],
        "联系整改",
    )
    assert LedgerEntry.objects.filter(chain=f"privacy:registry.object:{obj.pk}").count() == 1
    assert PHONE not in page(clerk, obj)


def test_who_may_not_unmask_is_refused(district: District, client: Client) -> None:
    obj = factories.make_object(district, responsible_phone=PHONE)
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    client.force_login(
        factories.make_user("officer", squad), backend="chengshu.bureau.backends.BureauBackend"
    )
    assert client.post(reverse("registry:object", args=[obj.pk]), {"reason": "联系整改"}).status_code == 403
    assert not UnmaskRecord.objects.exists()


def test_edit_keeps_masked_data_and_records_the_change(clerk: Client, district: District) -> None:
    obj = factories.make_object(district, responsible_phone=PHONE)
    url = reverse("registry:object_edit", args=[obj.pk])
    assert PHONE not in clerk.get(url).content.decode()
    values = form_of(clerk, url) | {"name": "新名字", "attributes.floor_area": "35.5"}
    assert clerk.post(url, values).status_code == 302
    obj.refresh_from_db()
    assert (obj.name, obj.responsible_phone, obj.attributes) == ("新名字", PHONE, {"floor_area": 35.5})
    assert set(obj.facts.first().values) == {"name", "attributes.floor_area"}
    values = form_of(clerk, url) | {"responsible_phone": "-"}
    clerk.post(url, values)
    obj.refresh_from_db()
    assert obj.responsible_phone == ""


def test_second_of_two_editors_sees_the_differences(clerk: Client, district: District) -> None:
    obj = factories.make_object(district, name="一开始", address="长寿路1号")
    url = reverse("registry:object_edit", args=[obj.pk])
    mine = form_of(clerk, url) | {"name": "我的名字"}
    change_object(
        obj, {"name": "别人的名字"}, Provenance(FactRecord.Source.CLERK, factories.date(2020, 11, 3)), None
    )
    answer = clerk.post(url, mine)
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "别人的名字" in html and "我的名字" in html
    obj.refresh_from_db()
    assert obj.name == "别人的名字"
    again = {**mine, "version": str(obj.version)}
    assert clerk.post(url, again).status_code == 302
    obj.refresh_from_db()
    assert obj.name == "我的名字"


def test_wrong_values_get_a_sentence_beside_the_field(clerk: Client, district: District) -> None:
    obj = factories.make_object(district)
    url = reverse("registry:object_edit", args=[obj.pk])
    values = form_of(clerk, url) | {"uscc": "91310107MA1G0000X1", "attributes.floor_area": "很大", "lng": ""}
    answer = clerk.post(url, values)
    assert answer.status_code == 200
    assert set(answer.context["form"].errors) >= {"lat"}
    values |= {"lng": "121.43"}
    errors = clerk.post(url, values).context["form"].errors
    assert {"uscc", "attributes.floor_area"} <= set(errors)


def test_new_object_and_its_lookalikes(clerk: Client, district: District) -> None:
    known = factories.make_object(district, name="老王水果店", address="长寿路5号")
    lng, lat = factories.IN_CHANGSHOU
    near = clerk.get(
        reverse("registry:near_new"), {"name": "老王 水果店", "lng": lng, "lat": lat}
    ).content.decode()
    assert "老王水果店" in near and f"/registry/objects/{known.pk}/" in near
    url = reverse("registry:object_new")
    assert "沿街商铺" in clerk.get(url).content.decode()
    values = form_of(clerk, f"{url}?class=shop") | {"name": "新店", "lng": str(lng), "lat": str(lat)}
    answer = clerk.post(f"{url}?class=shop", values)
    made = RegulatedObject.objects.get(name="新店")
    assert answer.url == reverse("registry:object", args=[made.pk])
    assert (made.town.name, made.squad_id is not None) == ("长寿路街道", True)


def test_squad_leader_cannot_enter_outside_the_own_area(district: District, client: Client) -> None:
    squad = factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")
    client.force_login(
        factories.make_user("squad_leader", squad), backend="chengshu.bureau.backends.BureauBackend"
    )
    lng, lat = factories.IN_TAOPU
    url = reverse("registry:object_new") + "?class=shop"
    answer = client.post(url, form_of(client, url) | {"name": "越界", "lng": str(lng), "lat": str(lat)})
    assert answer.status_code == 200 and "lat" in answer.context["form"].errors
    assert not RegulatedObject.objects.filter(name="越界").exists()
    elsewhere = factories.make_object(district, position=factories.IN_TAOPU)
    assert client.get(reverse("registry:object", args=[elsewhere.pk])).status_code == 404
    assert client.get(reverse("registry:object_edit", args=[elsewhere.pk])).status_code == 404


def test_status_permit_identifier(clerk: Client, district: District) -> None:
    obj = factories.make_object(district)
    today = timezone.localdate()
    url = reverse("registry:object_status", args=[obj.pk])
    clerk.post(url, {"status": "closed", "observed_on": today, "version": obj.version, "note": "现场关门"})
    obj.refresh_from_db()
    assert obj.status == "closed" and obj.facts.first().source_label == "现场关门"
    clerk.post(url, {"status": "moved", "observed_on": today, "version": 1})
    obj.refresh_from_db()
    assert obj.status == "closed"  # stale
    permit = {"kind": "外摆位备案", "number": "W-1", "valid_from": "2020-01-01", "valid_to": "2020-06-30"}
    clerk.post(reverse("registry:permit_add", args=[obj.pk]), permit)
    assert "已过期" in page(clerk, obj)
    clerk.post(reverse("registry:permit_withdraw", args=[obj.pk, obj.permits.get().pk]))
    assert obj.permits.get().withdrawn_on == today
    clerk.post(reverse("registry:identifier_add", args=[obj.pk]), {"scheme": "市督察系统", "value": "SH-77"})
    obj.refresh_from_db()
    assert "=sh77" in obj.search_tokens
    other = factories.make_object(district)
    answer = clerk.post(
        reverse("registry:identifier_add", args=[other.pk]),
        {"scheme": "市督察系统", "value": "SH-77"},
        follow=True,
    )
    assert not other.identifiers.exists() and "另一对象" in answer.content.decode()
    clerk.post(reverse("registry:identifier_withdraw", args=[obj.pk, obj.identifiers.get().pk]))
    obj.refresh_from_db()
    assert "=sh77" not in obj.search_tokens and not obj.identifiers.exists()


def test_permit_that_ends_before_it_begins(clerk: Client, district: District) -> None:
    obj = factories.make_object(district)
    permit = {"kind": "外摆位备案", "valid_from": "2020-06-30", "valid_to": "2020-01-01"}
    answer = clerk.post(reverse("registry:permit_add", args=[obj.pk]), permit, follow=True)
    assert not obj.permits.exists() and "结束日期早于开始日期" in answer.content.decode()


def test_merged_object_leads_to_the_one_that_is_left(clerk: Client, district: District) -> None:
    left, gone, older = (factories.make_object(district, name=name) for name in ("留下", "并入", "更早"))
    RegulatedObject.objects.filter(pk=gone.pk).update(merged_into=left)
    RegulatedObject.objects.filter(pk=older.pk).update(merged_into=gone)
    answer = clerk.get(reverse("registry:object", args=[older.pk]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("registry:object", args=[left.pk])
    assert "更早" in answer.content.decode()
    assert "并入" in clerk.get(reverse("registry:object", args=[gone.pk]) + "?merged=show").content.decode()


def test_timeline_names_grids_and_shows_no_database_ids(district: District) -> None:
    obj, left = factories.make_object(district), factories.make_object(district)
    grid = Grid.objects.create(town=obj.town, code="G7", name="第七网格", boundary={})
    RegulatedObject.objects.filter(pk=obj.pk).update(grid=grid)
    RegulatedObject.objects.filter(pk=obj.pk).update(merged_into=left)
    obj.refresh_from_db()
    clerk = factories.make_user("registry_clerk")
    texts = [entry.text for entry in dossier.changes(obj, clerk) if entry.title == "有变更"]
    assert len(texts) == 1 and texts[0].endswith("— → 第七网格")


def test_timeline_keeps_what_was_done_to_permits(district: District) -> None:
    obj, clerk = factories.make_object(district), factories.make_user("registry_clerk")
    papers.add_permit(obj, {"kind": "外摆位备案", "number": "W-1"}, clerk)
    papers.withdraw_permit(obj, obj.permits.get(), timezone.localdate(), clerk)
    assert len(dossier.changes(obj, clerk)) == 3  # entered, permit recorded, permit withdrawn


def test_timeline_takes_entries_of_other_domains(clerk: Client, district: District) -> None:
    from chengshu.registry import dossier as file

    obj = factories.make_object(district)
    entry = file.TimelineEntry(timezone.now() + timedelta(days=1), "双随机检查", "未发现问题")
    file.register_timeline("test", lambda found, user: [entry] if found.pk == obj.pk else [])
    try:
        assert "双随机检查" in page(clerk, obj)
    finally:
        del file._sources["test"]
