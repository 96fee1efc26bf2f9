"""Every verified entry of the law's data against the statute's own text: article, words and amounts."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.law.statutes import (
    LAWS,
    NUMERAL,
    REFERENCE,
    from_chinese,
    in_chinese,
    provision,
    ways_to_write,
    whole_article,
)

DATA = Path(__file__).resolve().parents[2] / "src" / "chengshu" / "law" / "data"
PLACES = {"{party}", "{place}", "{cause}"}
PENALTY_WORDS = {
    "warning": ["警告"],
    "confiscate_gain": ["没收违法所得", "和违法所得"],
    "confiscate_goods": ["没收"],
    "revoke_licence": ["吊销"],
    "suspend_business": ["停业"],
    "demolish": ["拆除"],
    "restore": ["恢复原状"],
}
MEASURE_WORDS = {
    "seize_goods": ["暂扣", "扣押"],
    "seize_tools": ["暂扣", "扣押"],
    "seize_vehicle": ["暂扣", "扣押"],
    "forced_removal": ["强制拆除"],
    "substitute_performance": ["代为"],
}
ORDER_NOT_FOLLOWED = re.compile("拒不(?!执行)|逾期")  # 拒不执行 is an offence of its own
BEFORE = {"per_m2": "每平方米", "per_m2_day": "每日每平方米", "per_item": "每只", "per_tonne": "每吨"}

Entry = dict[str, Any]


def read(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


@lru_cache
def causes() -> list[Entry]:
    return [
        entry for file in sorted((DATA / "causes").glob("*.yaml")) for entry in read(f"causes/{file.name}")
    ]


@lru_cache
def instruments() -> dict[str, Entry]:
    return {entry["code"]: entry for entry in read("instruments.yaml")}


def applies(entry: Entry, day: date) -> bool:
    return bool(entry["valid_from"] <= day <= entry.get("valid_to", date.max))


def source(instrument: str, day: date) -> str:
    """The file of the wording in force on the day; "" if it is not at hand."""
    versions = instruments()[instrument]["versions"]
    return next((one.get("source", "") for one in versions if applies(one, day)), "")


def amount_pattern(low: float, high: float, unit: str = "yuan") -> str:
    """A pattern for a range as statutes write it, with nothing in front that would make it another number."""

    def spelt(number: float) -> str:
        return f"(?<![{NUMERAL}\\d])(?:{'|'.join(ways_to_write(int(number)))})"

    floor, ceiling = spelt(low), spelt(high)
    before = BEFORE.get(unit, "")
    if unit == "times_value":
        return (
            rf"(?<!上)(?<!至)(?<!到){ceiling}倍以下"
            if not low
            else (rf"{floor}倍?(?:以上|至|到){ceiling}倍(?:以下|的|$)")
        )
    if unit == "percent":
        floor, ceiling = (rf"(?:百分之{words}|{words}%)" for words in (floor, ceiling))
        return rf"(?<!以上){ceiling}以下" if not low else rf"{floor}以上{ceiling}以下"
    if low == high:
        return rf"{before}{ceiling}元(?!以)"
    if not low:
        return rf"(?<!以上){before}{ceiling}元以下"
    return rf"{before}{floor}元以上{ceiling}元以下"


def fine_faults(fine: Entry, mode: str, text: str, article: str) -> Iterator[str]:
    """What the penalty's text does not say of the fine: its amounts, for whom, when."""
    pattern = amount_pattern(fine["min"], fine["max"], fine.get("unit", "yuan"))
    found = list(re.finditer(pattern, text))
    if not found:
        yield f"amount {fine['min']}–{fine['max']}"
        return
    clauses = [re.split(r"[，；。：、\n]", text[: hit.start()])[-1] for hit in found]
    may = [bool(re.search(r"可(?!回收)", clause)) for clause in clauses]
    if fine.get("optional", False) not in may:
        yield "may or must"
    sentences = [re.split(r"。(?!其中)|\n", text[: hit.start()])[-1] for hit in found]
    if (mode == "after_order") not in [bool(ORDER_NOT_FOLLOWED.search(words)) for words in sentences]:
        yield "at once or only after the order"
    if fine.get("party"):
        kinds = {"个人": "person", "单位": "organisation"}
        before = [re.findall("个人|单位", text[: hit.start()])[-1:] for hit in found]
        if fine["party"] not in [kinds[word] for words in before for word in words]:
            yield "party"
    for key in ("grave_max", "cap"):
        if fine.get(key) and not re.search(
            rf"(?<![{NUMERAL}\d])(?:{'|'.join(ways_to_write(fine[key]))})元以下", article
        ):
            yield key


def faults(rule: Entry) -> list[str]:
    """Everything in a rule that the statute does not bear out."""
    files = [source(rule[kind]["instrument"], rule["valid_from"]) for kind in ("breach", "penalty")]
    if "" in files:
        return [f"no text at hand for {rule['valid_from']}"]
    breach = provision(files[0], rule["breach"]["article"])
    penalty = provision(files[1], rule["penalty"]["article"])
    if breach is None or penalty is None:
        return [f"no {rule['breach']['article']} or {rule['penalty']['article']}"]
    article = whole_article(files[1], rule["penalty"]["article"])
    found = [f"words {words}" for words in rule["text"] if words not in breach and words not in penalty]
    for fine in rule["fines"]:
        found += fine_faults(fine, rule["mode"], penalty, article)
    for key, words in (("other_penalties", PENALTY_WORDS), ("coercive", MEASURE_WORDS)):
        for code in rule.get(key, []):
            if not any(word in article for word in words[code]):
                found.append(code)
    if not rule["fines"] and (rule["mode"] == "after_order") != bool(ORDER_NOT_FOLLOWED.search(penalty)):
        found.append("at once or only after the order")
    if rule.get("at_once") and "立即" not in penalty:
        found.append("at_once")
    return found


RULES = [(cause["code"], rule) for cause in causes() for rule in cause["rules"]]
VERIFIED = [(code, rule) for code, rule in RULES if rule["confidence"] == "verified"]
needs_texts = pytest.mark.skipif(not LAWS.exists(), reason="the texts of the laws are not beside the project")


@needs_texts
@pytest.mark.parametrize(
    ("code", "rule"), VERIFIED, ids=[f"{code}-{rule['valid_from']}" for code, rule in VERIFIED]
)
def test_a_verified_rule_says_what_the_statute_says(code: str, rule: Entry) -> None:
    assert faults(rule) == []


@needs_texts
def test_an_altered_amount_is_found() -> None:
    """Each amount of each verified rule in turn: the check would notice a slip of the pen."""
    unnoticed = []
    for code, rule in VERIFIED:
        for number, fine in enumerate(rule["fines"]):
            for key in {"min", "max", "grave_max", "cap"} & fine.keys():
                altered = copy.deepcopy(rule)
                altered["fines"][number][key] = fine[key] * 10 if fine[key] else 7
                if not faults(altered):
                    unnoticed.append((code, key))
    assert unnoticed == []


@needs_texts
def test_an_altered_article_or_mode_is_found() -> None:
    unnoticed = []
    for code, rule in VERIFIED:
        moved = rule | {"penalty": rule["penalty"] | {"article": "第一条"}}
        other = {"direct": "after_order", "after_order": "direct"}[rule["mode"]]
        unnoticed += [code for altered in (moved, rule | {"mode": other}) if not faults(altered)]
    assert unnoticed == []


def cited(file: str, section: str) -> list[Entry]:
    return [{"section": section, **entry} for entry in read(file)[section]]


PROCEDURE = [
    entry
    for section in ("thresholds", "periods", "requirements", "authorities")
    for entry in cited("procedure.yaml", section)
]
EXEMPTIONS = [entry for section in ("reasons", "items") for entry in cited("exemptions.yaml", section)]
VERIFIED_PROCEDURE = [entry for entry in PROCEDURE + EXEMPTIONS if entry["confidence"] == "verified"]
PERIOD_WORDS = {"month": "个月", "year": "年", "hour": "小时"}


def period_pattern(entry: Entry) -> str:
    return rf"(?<![{NUMERAL}]){in_chinese(entry['n'])}{PERIOD_WORDS.get(entry['unit'], '(?:个工作)?日')}"


def procedure_faults(entry: Entry) -> list[str]:
    citation = entry["citation"]
    file = source(citation["instrument"], entry["valid_from"])
    text = provision(file, citation["article"]) if file else None
    if text is None:
        return [f"no {citation['article']} of {citation['instrument']} on {entry['valid_from']}"]
    found = [f"words {words}" for words in entry.get("text", []) or ["<none>"] if words not in text]
    if entry["section"] == "thresholds":
        for party in ("person", "organisation"):
            if not re.search(rf"(?<![{NUMERAL}]){in_chinese(entry[party])}元以[上下]", text):
                found.append(party)
    if entry["section"] == "periods":
        if not re.search(period_pattern(entry), text):
            found.append("n")
        longer = entry.get("extension")
        if longer and len(re.findall(rf"{in_chinese(longer)}日", text)) < 2:
            found.append("extension")
    if entry["section"] == "requirements" and entry.get("n"):
        spelt = "两" if entry["n"] == 2 else in_chinese(entry["n"])
        if not re.search(rf"{spelt}人|百分之{spelt}|不满{spelt}周岁", text):
            found.append("n")
    return found


def label(entry: Entry) -> str:
    return f"{entry['section']}-{entry.get('code') or entry['area']}-{entry['valid_from']}"


@needs_texts
@pytest.mark.parametrize("entry", VERIFIED_PROCEDURE, ids=label)
def test_a_verified_rule_of_procedure_stands_in_its_article(entry: Entry) -> None:
    assert procedure_faults(entry) == []


@needs_texts
def test_an_altered_period_or_threshold_is_found() -> None:
    unnoticed = []
    for entry in VERIFIED_PROCEDURE:
        for key in {"n", "person", "organisation", "extension"} & entry.keys():
            if not procedure_faults(entry | {key: entry[key] + 1}):
                unnoticed.append((label(entry), key))
    assert unnoticed == []


def all_citations() -> Iterator[tuple[str, Entry, str]]:
    for code, rule in RULES:
        yield code, rule["breach"], rule["confidence"]
        yield code, rule["penalty"], rule["confidence"]
    for entry in PROCEDURE + EXEMPTIONS:
        yield label(entry), entry["citation"], entry["confidence"]


def test_every_citation_names_a_known_instrument_and_an_article_as_printed() -> None:
    for code, citation, confidence in all_citations():
        assert citation["instrument"] in instruments(), code
        article = citation["article"]
        listed = citation["instrument"] == "shanghai-minor-offence-list"  # a list has items only
        assert REFERENCE.fullmatch(article) or listed or (article == "" and confidence == "unverified"), code


def test_every_source_is_a_text_that_exists() -> None:
    if not LAWS.exists():
        pytest.skip("the texts of the laws are not beside the project")
    named = {
        one["source"] for entry in instruments().values() for one in entry["versions"] if "source" in one
    }
    assert [name for name in sorted(named) if not (LAWS / name).exists()] == []


def timelines() -> Iterator[tuple[str, list[Entry]]]:
    for cause in causes():
        yield cause["code"], cause["rules"]
    for entry in instruments().values():
        yield entry["code"], entry["versions"]
    grouped: dict[str, list[Entry]] = {}
    for one in PROCEDURE + EXEMPTIONS:
        grouped.setdefault(f"{one['section']} {one.get('code') or one['area']}", []).append(one)
    yield from grouped.items()


def test_nothing_applies_twice_and_no_day_is_left_out() -> None:
    for code, entries in timelines():
        assert all(one["valid_from"] <= one.get("valid_to", date.max) for one in entries), code
        for earlier, later in itertools.pairwise(entries):
            assert later["valid_from"] == earlier["valid_to"] + timedelta(days=1), code


SINCE_2023 = {"simple_not_displayed"}
SINCE_2021 = {"decision_after_filing", "limitation_grave", "first_offence", "no_fault", "gains_confiscated"}


def test_procedure_is_known_since_2018_and_to_this_day() -> None:
    for code, entries in timelines():
        section, _, name = code.partition(" ")
        if name and section != "items":
            start = date(2021, 7, 15) if name in SINCE_2021 else date(2018, 1, 1)
            if name in SINCE_2023:
                start = date(2023, 5, 1)
            assert entries[0]["valid_from"] == start, code
            assert "valid_to" not in entries[-1], code


@pytest.mark.parametrize(
    ("section", "codes"),
    [
        ("thresholds", "simple_procedure cash_on_the_spot hearing legal_review confiscation_review"),
        (
            "periods",
            "lead_verification decision_after_filing hearing_request hearing_notice statement service "
            "payment preservation_decision seizure lost_property_notice public_notice_service "
            "reminder_before_court court_application reconsideration litigation disclosure "
            "disclosure_withdrawal simple_record cash_handover assistance_answer crime_transfer_decision "
            "crime_transfer_handover limitation limitation_grave emergency_seizure_report "
            "substitute_reminder reconsideration_answer litigation_answer credit_display "
            "credit_display_serious inspection_disclosure inspection_display",
        ),
        (
            "requirements",
            "two_officers certificate show_id recusal filing_approval evidence final_report legal_review "
            "group_discussion notice statement_heard no_heavier_for_defence hearing_on_request "
            "decision_content seal service late_charge late_charge_cap one_fine minor_under_14 minor_14_18 "
            "order_first no_fine_to_score e_evidence_review seizure_approval simple_on_the_spot disclosure "
            "simple_not_displayed "
            "exemption_education head_decides fixed_articles_of_notice "
            "limitation mitigation reminder closing seizure_list seizure_release "
            "gains_confiscated late_charge_stay stay_of_execution no_heavier_in_review",
        ),
        ("authorities", "subdistrict town district"),
    ],
)
def test_what_a_case_asks_for_is_there(section: str, codes: str) -> None:
    known = {entry.get("code") or entry["area"] for entry in read("procedure.yaml")[section]}
    assert known == set(codes.split())


def on(section: str, code: str, day: date) -> Entry:
    entries = [
        one for one in PROCEDURE if one["section"] == section and (one.get("code") or one["area"]) == code
    ]
    return next(one for one in entries if applies(one, day))


def test_the_simple_procedure_widened_on_15_july_2021() -> None:
    last, first = (on("thresholds", "simple_procedure", date(2021, 7, day)) for day in (14, 15))
    assert (last["person"], last["organisation"]) == (50, 1000)
    assert (first["person"], first["organisation"]) == (200, 3000)


def test_streets_decide_in_their_own_name_since_august_2021_and_towns_always_did() -> None:
    july, august = date(2021, 7, 31), date(2021, 8, 1)
    assert on("authorities", "subdistrict", july)["authority"] == "bureau"
    assert on("authorities", "subdistrict", august)["authority"] == "subdistrict_office"
    assert {on("authorities", "town", day)["authority"] for day in (july, august)} == {"town_government"}


def test_codes_and_numbers_stand_for_one_cause_each_in_a_known_field() -> None:
    fields = {entry["code"] for entry in read("fields.yaml")}
    assert (
        len({cause["code"] for cause in causes()})
        == len({cause["number"] for cause in causes()})
        == len(causes())
    )
    assert {cause["field"] for cause in causes()} == fields
    assert all(cause["code"].startswith(f"{cause['field']}.") for cause in causes())


def test_the_everyday_causes_1_to_81_are_there() -> None:
    assert set(range(1, 82)) <= {cause["number"] for cause in causes()}


def test_the_newly_transferred_fields_have_enough_causes_for_the_reference_year() -> None:
    new = {entry["code"] for entry in read("fields.yaml") if entry.get("transferred_from")}
    transferred = [cause for cause in causes() if "transferred_on" in cause]
    assert {cause["field"] for cause in transferred} == new
    in_2020 = [
        cause for cause in transferred if any(applies(rule, date(2020, 6, 1)) for rule in cause["rules"])
    ]
    assert len(in_2020) >= 17


def test_eleven_causes_have_a_model_file() -> None:
    assert sum(cause.get("model_file", False) for cause in causes()) == 11


def test_waste_cases_of_2020_have_other_instruments_too() -> None:
    used = {
        rule["penalty"]["instrument"]
        for cause in causes()
        if cause["field"] == "waste"
        for rule in cause["rules"]
        if applies(rule, date(2020, 6, 1))
    }
    assert used >= {
        "shanghai-household-waste-regulations",
        "urban-household-waste-measures",
        "shanghai-waste-reduction-measures",
        "shanghai-city-appearance-regulations",
    }


def test_every_cause_has_advice_with_known_places_to_fill_in() -> None:
    for cause in causes():
        assert set(re.findall(r"\{.*?\}", cause["advice"])) == PLACES, cause["code"]
        assert cause["advice"].endswith("。"), cause["code"]


def test_tiers_divide_the_range_of_the_fine() -> None:
    for code, rule in RULES:
        for fine in rule["fines"]:
            tiers = fine.get("tiers", [])
            if tiers:
                assert (tiers[0]["min"], tiers[-1]["max"]) == (fine["min"], fine["max"]), code
                assert all(one["max"] == two["min"] for one, two in itertools.pairwise(tiers)), code
            assert bool(tiers) == (fine["min"] < fine["max"]), code


def test_the_exemption_list_names_known_causes() -> None:
    known = {cause["code"] for cause in causes()}
    for item in read("exemptions.yaml")["items"]:
        assert set(item["causes"]) <= known, item["code"]


def test_a_rule_that_ends_says_why() -> None:
    for code, rule in RULES:
        last = rule is next(one["rules"] for one in causes() if one["code"] == code)[-1]
        if last and "valid_to" in rule:
            assert rule.get("note"), code


@given(st.integers(min_value=0, max_value=10**8 - 1))
def test_numerals_are_read_back_as_they_were_written(number: int) -> None:
    assert from_chinese(in_chinese(number)) == number


@pytest.mark.parametrize(
    ("number", "words"),
    [(10, "十"), (25, "二十五"), (109, "一百零九"), (200, "二百"), (30_000, "三万"), (1_000_000, "一百万")],
)
def test_numerals_are_written_as_in_statutes(number: int, words: str) -> None:
    assert in_chinese(number) == words


@pytest.mark.parametrize(
    ("low", "high", "unit", "text", "stands"),
    [
        (50, 500, "yuan", "处五十元以上五百元以下罚款", True),
        (0, 500, "yuan", "处五十元以上五百元以下罚款", False),
        (10, 500, "yuan", "处五十元以上五百元以下罚款", False),
        (0, 200, "yuan", "处二百元以下罚款", True),
        (20, 20, "yuan", "可处二十元罚款", True),
        (1000, 10_000, "yuan", "处1000元以上1万元以下的罚款", True),
        (30, 50, "percent", "处委托合同价款30%以上50%以下的罚款", True),
        (3, 5, "times_value", "处绿化补偿标准三至五倍的罚款", True),
        (0, 1, "times_value", "处违法所得一倍以上三倍以下", False),
    ],
)
def test_an_amount_is_found_only_where_it_is_meant(
    low: int, high: int, unit: str, text: str, stands: bool
) -> None:
    assert bool(re.search(amount_pattern(low, high, unit), text)) is stands
