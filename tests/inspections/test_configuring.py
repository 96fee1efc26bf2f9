"""The bureau changes its list of items and its checklists; what was answered before stays as it was."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.inspections.exchange.checklist_table import COLUMNS, read_entries, write_entries
from chengshu.inspections.exchange.table import ExchangeProblem
from chengshu.inspections.models import Checklist, InspectionItem
from chengshu.inspections.services import catalogue, configuring, inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.configuring import VersionDraft, differences, make_version, newest
from chengshu.kernel.tables import write_xlsx
from tests.inspections.conftest import Checks

BACKEND = "chengshu.bureau.backends.BureauBackend"
db = pytest.mark.django_db


def current(checks: Checks) -> Checklist:
    found = newest(checks.district, "shop")
    assert found is not None
    return found


def version(checks: Checks, entries: Any, **stated: Any) -> Checklist:
    draft = VersionDraft("shop", "沿街商铺检查单", timezone.localdate(), entries, **stated)
    return make_version(checks.district, draft, by=checks.clerk)


@db
def test_a_new_version_is_asked_from_its_day_on_and_the_old_one_stays(checks: Checks) -> None:
    old = current(checks)
    made = version(checks, old.entries[:6], note="精简")
    assert (made.version, made.made_by) == (old.version + 1, checks.clerk)
    inspection = checks.drawn()[0]
    assert inspecting.checklist_on(inspection, timezone.localdate()) == made
    assert inspecting.checklist_on(inspection, timezone.localdate() - timedelta(days=1)) == old
    assert Checklist.objects.get(pk=old.pk).entries == old.entries


@db
def test_what_the_bureau_made_itself_is_not_overtaken_by_what_is_shipped(checks: Checks) -> None:
    made = version(checks, current(checks).entries[:6])
    catalogue.load_catalogue(checks.district)
    assert current(checks) == made


@db
@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"cause": "appearance.nothing"}, "appearance.nothing"),
        ({"lead_class": "E9999"}, "E9999"),
        ({"basis": []}, "依据"),
        ({"rectify_days": 0}, "整改天数"),
        ({"zh": " "}, "中文"),
        ({"code": "2"}, "重复"),
    ],
)
def test_an_entry_that_leads_nowhere_is_refused(checks: Checks, change: dict[str, Any], about: str) -> None:
    first, *others = current(checks).entries
    with pytest.raises(InspectionProblem, match=about):
        version(checks, [{**first, **change}, *others])


@db
def test_a_version_cannot_begin_in_the_past_nor_say_the_same_again(checks: Checks) -> None:
    entries = current(checks).entries
    yesterday = timezone.localdate() - timedelta(days=1)
    with pytest.raises(InspectionProblem, match="不得早于今天"):
        make_version(checks.district, VersionDraft("shop", "x", yesterday, entries[:3]), by=checks.clerk)
    with pytest.raises(InspectionProblem, match="没有变化"):
        version(checks, entries)


@db
def test_a_checklist_taken_away_as_a_table_comes_back_as_it_was(checks: Checks) -> None:
    for checklist in Checklist.objects.filter(district=checks.district):
        target = io.BytesIO()
        write_entries(target, checklist.entries)
        target.seek(0)
        assert read_entries(target, "检查单.xlsx", checklist.entries) == checklist.entries


@db
@pytest.mark.parametrize(
    ("row", "about"),
    [
        (["1", "是否", "", "《没有这部法》第一条", "", "E0202", "是", 3], "没有这部法"),
        (["1", "是否", "", "随便写写", "", "E0202", "是", 3], "《法律规范名称》"),
        (["1", "是否", "", "", "", "E0202", "是", "三天"], "整改天数"),
    ],
)
def test_a_faulty_table_is_refused_with_its_row(row: list[Any], about: str) -> None:
    target = io.BytesIO()
    write_xlsx(target, [name for name, _about, _width in COLUMNS.values()], [row])
    target.seek(0)
    with pytest.raises(ExchangeProblem, match=about) as refused:
        read_entries(target, "检查单.xlsx")
    assert "2" in str(refused.value)


ENTRIES = st.lists(
    st.fixed_dictionaries({"code": st.sampled_from("123456"), "zh": st.sampled_from(["甲", "乙"])}),
    unique_by=lambda entry: entry["code"],
)


@settings(deadline=None, database=None)
@given(ENTRIES, ENTRIES)
def test_the_differences_turn_the_old_entries_into_the_new(old: Any, new: Any) -> None:
    result = {entry["code"]: entry for entry in old}
    for one in differences(old, new):
        if one.after is None:
            del result[one.code]
        else:
            result[one.code] = one.after
    assert result == {entry["code"]: entry for entry in new}
    assert not differences(new, new)


# --- pages ---------------------------------------------------------------------------------------------
@pytest.fixture
def clerk(checks: Checks, client: Client) -> Client:
    client.force_login(checks.clerk, BACKEND)
    return client


@db
def test_an_item_is_changed_on_its_page_and_the_change_is_told(checks: Checks, clerk: Client) -> None:
    item = InspectionItem.objects.get(district=checks.district, code="SHOP-01")
    url = reverse("inspections:config_item", args=[item.pk])
    shown = clerk.get(url)
    assert "《上海市市容环境卫生管理条例》第十三条" in shown.content.decode()
    values = {
        "title": "沿街商铺门责",
        "object_classes": ["shop"],
        "basis": configuring.basis_text(item.basis),
    }
    assert clerk.post(url, values).status_code == 302
    item.refresh_from_db()
    assert (item.title, item.active) == ("沿街商铺门责", False)
    page = clerk.get(url).content.decode()
    assert "事项修改记录" in page and "沿街商铺市容环境卫生责任履行情况" in page
    assert "沿街商铺门责" in clerk.get(reverse("inspections:config_items")).content.decode()


@db
def test_a_faulty_item_gets_one_sentence(checks: Checks, clerk: Client) -> None:
    values = {"code": "shop", "title": "x", "object_classes": ["shop"]}
    answer = clerk.post(reverse("inspections:config_item_new"), values)
    assert answer.status_code == 422 and "SHOP-01" in answer.content.decode()
    answer = clerk.post(reverse("inspections:config_item_new"), {**values, "code": "X-1", "basis": "某法"})
    assert answer.status_code == 422
    assert clerk.post(reverse("inspections:config_item_new"), {**values, "code": "X-1"}).status_code == 302


def posted(page: Any, **changes: Any) -> dict[str, Any]:
    """What the browser sends back of a version's form, with changes."""
    values = {bound.html_name: bound.value() or "" for bound in page.context["form"]}
    rows = page.context["rows"]
    values |= {bound.html_name: bound.value() for bound in rows.management_form}
    for row in rows:
        values |= {
            bound.html_name: bound.value() or "" for bound in row if bound.value() not in (False, None)
        }
    return {**values, **changes}


@db
def test_a_version_is_made_by_the_form_and_shows_what_it_changed(checks: Checks, clerk: Client) -> None:
    old = current(checks)
    url = reverse("inspections:config_checklist_change", args=[old.pk])
    page = clerk.get(url)
    values = posted(page, **{"entry-0-rectify_days": "2", "entry-1-zh": "", "note": "调整"})
    answer = clerk.post(url, values)
    assert answer.status_code == 302, (answer.context["form"].errors, answer.context["rows"].errors)
    made = current(checks)
    assert made.entries[0]["rectify_days"] == 2 and len(made.entries) == len(old.entries) - 1
    assert made.entries[0]["basis"] == old.entries[0]["basis"]
    shown = clerk.get(reverse("inspections:config_checklist", args=[made.pk])).content.decode()
    assert "整改天数" in shown and "<del>1</del>" in shown and "删去" in shown
    older = clerk.get(reverse("inspections:config_checklist", args=[old.pk])).content.decode()
    assert "已有更新的版本" in older
    assert "随软件提供" in clerk.get(reverse("inspections:config_checklists")).content.decode()


@db
def test_an_uploaded_table_comes_into_the_form_first(checks: Checks, clerk: Client) -> None:
    old = current(checks)
    table = clerk.get(reverse("inspections:config_checklist_table", args=[old.pk]))
    file = io.BytesIO(b"".join(table.streaming_content))  # type: ignore[attr-defined]
    entries = read_entries(file, "x.xlsx", old.entries)
    entries[0]["zh"] = "是否跨门经营"
    target = io.BytesIO()
    write_entries(target, entries)
    target.seek(0)
    target.name = "检查单.xlsx"
    url = reverse("inspections:config_checklist_upload", args=[old.pk])
    page = clerk.post(url, {"file": target})
    assert page.status_code == 200 and current(checks) == old
    assert "<ins>是否跨门经营</ins>" in page.content.decode()
    change = reverse("inspections:config_checklist_change", args=[old.pk])
    assert clerk.post(change, posted(page)).status_code == 302
    assert current(checks).entries[0]["zh"] == "是否跨门经营"


@db
def test_pages_speak_english_too(checks: Checks, clerk: Client) -> None:
    url = reverse("inspections:config_checklist", args=[current(checks).pk])
    page = clerk.get(url, headers={"accept-language": "en"}).content.decode()
    assert "Checklist for street shops" in page and "Trading beyond the shop front" in page
