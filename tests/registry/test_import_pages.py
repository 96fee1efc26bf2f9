"""Importing in the browser, page by page."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chengshu.bureau.models import District
from chengshu.kernel.tables import read_table
from chengshu.registry.importing import reasons
from chengshu.registry.models import Conflict, ImportBatch, ImportMapping, RegulatedObject
from tests import factories
from tests.jobs import run_jobs
from tests.registry.importing import imported, shop

pytestmark = pytest.mark.django_db
LIST = """商铺名称,经营地址,统一社会信用代码,经度_wgs84,纬度_wgs84,街道,经营面积
福顺面馆,长寿路18号,,121.4330,31.2430,长寿路街道,35平方米
远方茶叶店,外滩1号,,121.5000,31.2300,,20
错码五金店,长寿路20号,91310107MA1G00000X,121.4331,31.2431,,20
"""


@pytest.fixture
def district() -> District:
    return factories.make_district()


@pytest.fixture
def clerk_client(district: District) -> Client:
    client = Client()
    client.force_login(
        factories.make_user("registry_clerk"), backend="chengshu.bureau.backends.BureauBackend"
    )
    return client


def upload(client: Client, district: District, text: str = LIST, name: str = "商铺.csv", **more: Any) -> Any:
    data = {
        "object_class": factories.object_class(district, "shop").pk,
        "file": SimpleUploadedFile(name, text.encode()),
        "source_label": "街道上报",
        "observed_on": "2020-10-01",
        **more,
    }
    return client.post(reverse("registry:imports"), data)


def columns_form(batch: ImportBatch, **more: str) -> dict[str, str]:
    """What the page of columns would send as it stands."""
    option = batch.preview["options"][0]
    fields = {name: column for name, column in batch.mapping.items() if name not in ("lng", "lat")}
    return {**fields, "reading": f"{option['lng']}|{option['lat']}|{option['crs']}", "crs": "wgs84", **more}


def checked(client: Client, district: District) -> ImportBatch:
    upload(client, district)
    batch = ImportBatch.objects.latest("id")
    answer = client.post(reverse("registry:import_columns", args=[batch.pk]), columns_form(batch))
    assert answer.status_code == 302, answer.content.decode()
    run_jobs()
    batch.refresh_from_db()
    assert batch.state == "checked", batch.problem
    return batch


def test_the_way_of_a_list_from_upload_to_the_registry(clerk_client: Client, district: District) -> None:
    batch = checked(clerk_client, district)
    page = clerk_client.get(reverse("registry:import", args=[batch.pk])).content.decode()
    assert "福顺面馆" in page
    assert "位置在本区以外" in page
    assert not RegulatedObject.objects.exists()
    clerk_client.post(reverse("registry:import_apply", args=[batch.pk]))
    run_jobs()
    shop = RegulatedObject.objects.get()
    assert (shop.name, shop.town.name, shop.attributes["floor_area"]) == ("福顺面馆", "长寿路街道", 35.0)
    done = clerk_client.get(reverse("registry:import", args=[batch.pk])).content.decode()
    assert reverse("registry:object", args=[shop.pk]) in done


def test_a_second_click_on_import_does_nothing_more(clerk_client: Client, district: District) -> None:
    batch = checked(clerk_client, district)
    for _click in range(2):
        clerk_client.post(reverse("registry:import_apply", args=[batch.pk]))
    run_jobs()
    clerk_client.post(reverse("registry:import_apply", args=[batch.pk]))
    run_jobs()
    assert RegulatedObject.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "leer.csv"),
        (b"%PDF-1.7 nothing", "list.xlsx"),
        ("商铺名称,地址\n".encode(), "only-header.csv"),
        (b"\x00\x01\x02\x03" * 50, "binary.csv"),
    ],
)
def test_a_wrong_file_gets_a_sentence_and_leaves_nothing(
    clerk_client: Client, district: District, content: bytes, name: str
) -> None:
    answer = upload(clerk_client, district, file=SimpleUploadedFile(name, content))
    assert answer.status_code == 422
    assert 'class="error' in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_columns_can_be_corrected_saved_and_used_again(clerk_client: Client, district: District) -> None:
    upload(clerk_client, district)
    batch = ImportBatch.objects.latest("id")
    form = columns_form(batch, save_as="街道商铺表")
    del form["attributes.floor_area"]
    clerk_client.post(reverse("registry:import_columns", args=[batch.pk]), form)
    saved = ImportMapping.objects.get()
    assert "attributes.floor_area" not in saved.columns
    upload(clerk_client, district)
    second = ImportBatch.objects.latest("id")
    page = clerk_client.get(reverse("registry:import_columns", args=[second.pk]) + f"?saved={saved.pk}")
    assert page.context["form"]["attributes.floor_area"].value() == ""


def test_without_a_name_the_columns_are_refused(clerk_client: Client, district: District) -> None:
    upload(clerk_client, district)
    batch = ImportBatch.objects.latest("id")
    answer = clerk_client.post(
        reverse("registry:import_columns", args=[batch.pk]), columns_form(batch) | {"name": ""}
    )
    assert answer.status_code == 422


def test_doubtful_rows_come_back_with_their_reasons(clerk_client: Client, district: District) -> None:
    batch = checked(clerk_client, district)
    answer = clerk_client.get(reverse("registry:import_refused", args=[batch.pk]))
    table = read_table(BytesIO(b"".join(answer.streaming_content)), filename="x.xlsx")
    assert table.columns[:3] == ["行号", "结果", "原因"]
    assert table.frame["商铺名称"].to_list() == ["远方茶叶店", "错码五金店"]
    assert all(table.frame["原因"].to_list())


def test_the_result_takes_few_queries(
    clerk_client: Client, district: District, django_assert_max_num_queries: Any
) -> None:
    batch = checked(clerk_client, district)
    clerk_client.get(reverse("registry:import", args=[batch.pk]))
    with django_assert_max_num_queries(5):  # session, person, and three of the page
        clerk_client.get(reverse("registry:import", args=[batch.pk]) + "?outcome=create")


def test_another_districts_imports_are_not_there(clerk_client: Client, district: District) -> None:
    batch = checked(clerk_client, district)
    other = factories.make_other_district()
    stranger = Client()
    stranger.force_login(
        factories.make_user("registry_clerk", factories.unit(other)),
        backend="chengshu.bureau.backends.BureauBackend",
    )
    for name in ("import", "import_columns", "import_state", "import_refused"):
        assert stranger.get(reverse(f"registry:{name}", args=[batch.pk])).status_code == 404


def test_personal_columns_are_masked_in_the_preview_and_in_the_file_to_be_corrected(
    clerk_client: Client, district: District
) -> None:
    text = "商铺名称,经营地址,负责人,联系电话,经度_wgs84,纬度_wgs84\n"
    text += "远方茶叶店,外滩1号,王小明,8765432,121.5000,31.2300\n"
    upload(clerk_client, district, text)
    batch = ImportBatch.objects.latest("id")
    address = reverse("registry:import_columns", args=[batch.pk])
    page = clerk_client.get(address).content.decode()
    assert "王小明" not in page and "王*明" in page and "8765432" not in page
    clerk_client.post(address, columns_form(batch))
    run_jobs()
    answer = clerk_client.get(reverse("registry:import_refused", args=[batch.pk]))
    frame = read_table(BytesIO(b"".join(answer.streaming_content)), filename="x.xlsx").frame
    assert (frame["负责人"].to_list(), frame["联系电话"].to_list()) == (["王*明"], ["***5432"])


def test_a_personal_attribute_of_any_kind_is_masked(district: District) -> None:
    definition = factories.object_class(district).attributes.get(key="signboard")
    definition.personal = True
    shown = reasons.show_value("attributes.signboard", "王小明的店", {"signboard": definition})
    assert shown == "******"
    unread = {"code": "unreadable_value", "field": "attributes.signboard", "value": "王小明的店"}
    assert "王小明" not in reasons.describe(unread, {"signboard": definition})


def test_a_conflict_shows_raw_cells_masked_as_their_column_is(
    clerk_client: Client, district: District
) -> None:
    imported(district, [shop(所属区="静安区", 负责人="王小明", 身份证号="11010519491231002X")])
    conflict = Conflict.objects.get()
    page = clerk_client.get(reverse("registry:conflict", args=[conflict.pk])).content.decode()
    assert "王小明" not in page and "王*明" in page
    assert "11010519491231002X" not in page
