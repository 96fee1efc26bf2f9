"""A small law book for tests: the YAML files of ``law/data`` with invented offences."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

Book = dict[str, Any]

TIERS = [
    {"code": "light", "name": "较轻", "name_en": "Light", "min": 50, "max": 200},
    {"code": "heavy", "name": "较重", "name_en": "Heavy", "min": 200, "max": 500},
]
STALL = {
    "code": "stall",
    "number": 1,
    "name": "占道设摊",
    "name_en": "Street stall",
    "field": "appearance",
    "rules": [
        {
            "valid_from": "2002-04-01",
            "valid_to": "2022-11-30",
            "breach": {"instrument": "city-appearance", "article": "第二十五条第一款"},
            "penalty": {"instrument": "city-appearance", "article": "第二十五条第二款"},
            "mode": "direct",
            "confidence": "verified",
            "text": ["五十元以上五百元以下"],
            "coercive": ["seize_goods", "seize_tools"],
            "fines": [{"min": 50, "max": 500, "optional": True, "tiers": TIERS}],
        },
        {
            "valid_from": "2022-12-01",
            "breach": {"instrument": "city-appearance", "article": "第二十五条"},
            "penalty": {"instrument": "city-appearance", "article": "第六十条"},
            "mode": "direct",
            "confidence": "unverified",
            "fines": [{"min": 100, "max": 1000, "optional": True}],
        },
    ],
}
MUCK = {
    "code": "muck",
    "number": 2,
    "name": "擅自倾倒渣土",
    "name_en": "Dumping of spoil",
    "field": "appearance",
    "rules": [
        {
            "valid_from": "2002-04-01",
            "valid_to": "2020-08-31",
            "breach": {"instrument": "city-appearance", "article": "第四十四条第五款"},
            "penalty": {"instrument": "city-appearance", "article": "第四十四条第五款"},
            "mode": "direct",
            "confidence": "unverified",
            "fines": [{"min": 5000, "max": 50000}],
        },
        {
            "valid_from": "2020-09-01",
            "breach": {"instrument": "city-appearance", "article": "第四十四条第五款"},
            "penalty": {"instrument": "city-appearance", "article": "第四十四条第五款"},
            "mode": "direct",
            "confidence": "unverified",
            "fines": [
                {"min": 3000, "max": 30000, "party": "person"},
                {"min": 100000, "max": 1000000, "party": "organisation"},
            ],
        },
    ],
}
PENALTY_LAW = {"instrument": "administrative-penalty-law", "article": "第六十四条"}


def book() -> Book:
    """The files by name, as lists and mappings; the caller may change them."""
    penalty = {"citation": PENALTY_LAW, "confidence": "verified"}
    return copy.deepcopy(
        {
            "instruments.yaml": [
                {
                    "code": "administrative-penalty-law",
                    "title": "中华人民共和国行政处罚法",
                    "level": "law",
                    "versions": [
                        {"valid_from": "1996-10-01", "valid_to": "2021-07-14"},
                        {"valid_from": "2021-07-15", "source": "national/行政处罚法(2021-01-22).md"},
                    ],
                },
                {
                    "code": "city-appearance",
                    "title": "上海市市容环境卫生管理条例",
                    "level": "local_regulation",
                    "versions": [{"valid_from": "2002-04-01"}],
                },
            ],
            "fields.yaml": [{"code": "appearance", "name": "市容环卫", "name_en": "City appearance"}],
            "causes/appearance.yaml": [STALL, MUCK],
            "procedure.yaml": {
                "thresholds": [
                    {
                        "code": "simple_procedure",
                        "valid_from": "1996-10-01",
                        "valid_to": "2021-07-14",
                        "person": 50,
                        "organisation": 1000,
                        **penalty,
                    },
                    {
                        "code": "simple_procedure",
                        "valid_from": "2021-07-15",
                        "person": 200,
                        "organisation": 3000,
                        **penalty,
                    },
                ],
                "periods": [
                    {
                        "code": "hearing_request",
                        "n": 3,
                        "unit": "statute",
                        "valid_from": "1996-10-01",
                        "valid_to": "2021-07-14",
                        **penalty,
                    },
                    {
                        "code": "hearing_request",
                        "n": 5,
                        "unit": "statute",
                        "valid_from": "2021-07-15",
                        **penalty,
                    },
                    {"code": "service", "n": 7, "unit": "statute", "valid_from": "1996-10-01", **penalty},
                    {"code": "seizure", "n": 30, "unit": "calendar_day", "extension": 30}
                    | {"valid_from": "2012-01-01"}
                    | penalty,
                    {"code": "limitation", "n": 2, "unit": "year", "valid_from": "1996-10-01", **penalty},
                    {"code": "report", "n": 24, "unit": "hour", "valid_from": "2012-01-01", **penalty},
                ],
                "requirements": [
                    {"code": "two_officers", "name": "两人执法", "name_en": "Two officers", "n": 2}
                    | {"valid_from": "1996-10-01"}
                    | penalty,
                    {"code": "legal_review", "name": "法制审核", "name_en": "Legal review"}
                    | {"valid_from": "2021-07-15"}
                    | penalty,
                ],
                "authorities": [
                    {"area": "subdistrict", "authority": "bureau", "valid_from": "2012-07-15"}
                    | {"valid_to": "2021-07-31"}
                    | penalty,
                    {"area": "subdistrict", "authority": "subdistrict_office", "valid_from": "2021-08-01"}
                    | penalty,
                    {"area": "town", "authority": "town_government", "valid_from": "2012-07-15", **penalty},
                ],
            },
            "exemptions.yaml": {
                "reasons": [
                    {"code": "first_time", "name": "首违不罚", "name_en": "First offence", "must": False}
                    | {"valid_from": "2021-07-15"}
                    | penalty
                ],
                "items": [
                    {"code": "first_stall", "name": "首次设摊", "name_en": "First stall", "causes": ["stall"]}
                    | {"conditions": ["首次被发现"], "valid_from": "2020-08-18"}
                    | penalty
                ],
            },
        }
    )


def write(files: Book, folder: Path) -> Path:
    """Put the files into a folder."""
    (folder / "causes").mkdir(exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
