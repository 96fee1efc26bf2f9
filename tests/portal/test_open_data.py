"""Open data: the table, its dictionary for people and for machines."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.test import Client

from chengshu.portal import datasets
from chengshu.portal.views import data
from tests.portal.conftest import CREDIT_CODE, FIRM, Disclose, entry_of, firm, person, words

pytestmark = pytest.mark.django_db
TABLE, DICTIONARY = "/public/data/penalties.csv", "/public/data/penalties/"
METADATA = "/public/data/penalties.csv-metadata.json"


def test_the_table_opens_in_a_spreadsheet_and_holds_what_the_pages_show(
    client: Client, disclosed: Disclose
) -> None:
    case = disclosed({**firm(500), "id_number": CREDIT_CODE})
    disclosed(person(fine=200))
    answer = client.get(TABLE)
    content = b"".join(answer)
    assert content.startswith("\ufeff".encode())
    assert b"\r\n" in content
    assert answer["Content-Disposition"] == 'attachment; filename="penalties-20210601.csv"'
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row["party_name"] for row in rows] == [FIRM, "王某某"]
    first = rows[0]
    assert (first["decision_number"], first["credit_code"]) == (case.decision_number, CREDIT_CODE)
    assert (first["fine"], first["town"], first["cause_code"]) == ("500.00", "长寿路街道", case.cause)
    assert first["decided_on"] == case.decided_on.isoformat()  # type: ignore[union-attr]
    assert first["address"] == f"/public/penalties/{entry_of(case).pk}/"
    assert rows[1]["credit_code"] == ""


def test_nothing_in_it_runs_as_a_formula(client: Client, disclosed: Disclose) -> None:
    disclosed(firm(name='=HYPERLINK("http://x","y")'))
    assert "\n=HYPERLINK" not in words(client, TABLE).replace(",", "\n").replace('"', "")


def test_every_column_is_in_both_dictionaries(client: Client, disclosed: Disclose) -> None:
    disclosed()
    header = words(client, TABLE).splitlines()[0].split(",")
    page = words(client, DICTIONARY)
    machine = client.get(METADATA).json()
    columns = {column["name"]: column for column in machine["tableSchema"]["columns"]}
    assert header == list(columns)
    for name in header:
        assert f"<code>{name}</code>" in page
        assert columns[name]["titles"]["zh"] and columns[name]["titles"]["en"]
        assert columns[name]["titles"]["und"] == name
    assert machine["@context"][0] == "http://www.w3.org/ns/csvw"
    assert machine["url"] == f"http://testserver{TABLE}"
    assert columns["decided_on"]["datatype"] == {"base": "date", "format": "yyyy-MM-dd"}
    assert columns["fine"]["datatype"] == "decimal"
    assert columns["procedure"]["chengshu:values"]["simple"]["zh"] == "简易程序"


def test_the_key_of_every_dictionary_is_unique(client: Client, disclosed: Disclose) -> None:
    disclosed({**person("王小明"), "key": "1"}, {**person("王大山"), "key": "2"})
    for dataset in datasets.datasets():
        rows = list(csv.DictReader(io.StringIO(words(client, f"/public/data/{dataset.code}.csv"))))
        machine = client.get(f"/public/data/{dataset.code}.csv-metadata.json").json()
        key = machine["tableSchema"]["primaryKey"]
        keys = [tuple(row[name] for name in key) for row in rows]
        assert key and len(keys) == len(set(keys)), dataset.code
    assert len(list(csv.DictReader(io.StringIO(words(client, TABLE))))) == 2


def test_the_table_points_to_its_metadata(client: Client, disclosed: Disclose) -> None:
    answer = client.get(TABLE)
    b"".join(answer)
    assert answer["Link"] == f'<{METADATA}>; rel="describedby"; type="application/csvm+json"'


def test_the_page_lists_tables_and_feeds(client: Client, on_the_day: date) -> None:
    page = words(client, "/public/data/")
    for address in (
        TABLE,
        DICTIONARY,
        METADATA,
        "/public/feeds/penalties.xml",
        "/public/feeds/penalties.json",
    ):
        assert f'href="{address}"' in page, address
    assert "Data dictionary" in words(client, DICTIONARY, **{"Accept-Language": "en"})


def test_tables_are_given_to_two_at_a_time(client: Client, disclosed: Disclose) -> None:
    with data.TABLES_AT_ONCE, data.TABLES_AT_ONCE:
        assert client.get(TABLE).status_code == 503
    for _ in range(3):
        given = client.get(TABLE)
        assert b"".join(given)
    assert client.get(TABLE, headers={"If-None-Match": given["ETag"]}).status_code == 304


def test_the_table_costs_few_questions_however_long(
    client: Client, disclosed: Disclose, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        disclosed(firm(name=f"上海第{number}商贸有限公司"))
    with django_assert_max_num_queries(2):
        words(client, TABLE)


def test_an_unknown_dataset_is_not_there(client: Client, on_the_day: date) -> None:
    for address in (
        "/public/data/nothing/",
        "/public/data/nothing.csv",
        "/public/data/nothing.csv-metadata.json",
    ):
        assert client.get(address).status_code == 404


def test_another_part_of_the_portal_adds_its_own(client: Client, on_the_day: date, monkeypatch: Any) -> None:
    monkeypatch.setattr(datasets, "_datasets", dict(datasets._datasets))
    column = datasets.Column("done", "Done", "boolean")
    datasets.register(
        datasets.Dataset("works", "Works", "All works", [column], lambda *_: [(True,), (None,)])
    )
    assert words(client, "/public/data/works.csv") == "done\r\ntrue\r\n\r\n".replace("\r\n\r\n", '\r\n""\r\n')
    assert "primaryKey" not in client.get("/public/data/works.csv-metadata.json").json()["tableSchema"]
