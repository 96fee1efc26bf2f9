"""The API of leads: reported once, found again, acted upon, seen only where one may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from chengshu.bureau.roles import key_permissions
from chengshu.config.api import api
from chengshu.leads import services
from chengshu.leads.api.actions import VERBS
from chengshu.leads.api.schemas import LeadDetail, LeadPage
from chengshu.leads.lifecycle import PERMISSION, Action, Outcome, Stage
from chengshu.leads.models import Lead, LeadReporter
from tests import factories
from tests.leads.api import LEADS, STALL, Caller, key_of
from tests.leads.conftest import Loop


def ids(answer: Any) -> list[int]:
    return [item["id"] for item in answer.json()["items"]]


def test_a_reported_lead_is_found_waits_and_has_its_first_step(platform: Caller) -> None:
    answer = platform.post(body=STALL)
    assert answer.status_code == 201
    assert answer["Location"] == answer.json()["url"]
    made = platform.client.get(answer["Location"]).json()
    assert (made["source"], made["stage"], made["town_name"]) == ("api", "found", "长寿路街道")
    assert [step["action"] for step in made["steps"]] == ["report"]
    assert made["number"] == answer.json()["number"]


def test_a_lead_of_a_trusted_source_is_sent_to_the_squad_at_once(platform: Caller, loop: Loop) -> None:
    made = platform.post(body={**STALL, "source": "hotline", "source_ref": "SH1"}).json()
    assert (made["stage"], made["squad"], made["version"]) == ("dispatched", loop.squad.pk, 3)
    assert [step["action"] for step in platform.client.get(made["url"]).json()["steps"]] == [
        "report",
        "register",
        "dispatch",
    ]


def test_the_same_key_is_one_lead_and_with_another_body_a_refusal(platform: Caller) -> None:
    first = platform.post(body=STALL, key="k-1")
    again = platform.post(body=STALL, key="k-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = platform.post(body={**STALL, "description": "另一处"}, key="k-1")
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert Lead.objects.count() == 1


def test_keys_of_different_callers_have_nothing_to_do_with_each_other(platform: Caller, loop: Loop) -> None:
    other = Caller(key_of(loop.squad, ["leads.report", "leads.view"], "中队系统"))
    assert platform.post(body=STALL, key="k").json()["id"] != other.post(body=STALL, key="k").json()["id"]


def test_a_batch_is_taken_in_all_or_none_and_once(platform: Caller) -> None:
    wrong = platform.post("/batch", {"leads": [STALL, {**STALL, "class": "E9999"}]})
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["field"] == "leads.1.class"
    assert not Lead.objects.exists()
    first = platform.post("/batch", {"leads": [STALL, STALL]}, key="b").json()["items"]
    again = platform.post("/batch", {"leads": [STALL, STALL]}, key="b").json()["items"]
    assert [item["created"] for item in first + again] == [True, True, False, False]
    assert [item["id"] for item in first] == [item["id"] for item in again]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"source": "nobody"}, "source"),
        ({"class": "E9999"}, "class"),
        ({"description": "  "}, "description"),
        ({"position": None, "address": ""}, "position"),
        ({"object": 2**40}, "object"),
        ({"reported_at": "2099-01-01T00:00:00+08:00"}, "reported_at"),
        ({"reported_at": "2020-11-30T08:00:00"}, "reported_at"),
        ({"reported_at": "0001-01-01T00:00:00+14:00"}, "reported_at"),
        ({"position": [200, 31]}, "position.0"),
        ({"colour": "red"}, "colour"),
        ({"severity": 4}, "severity"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(
    platform: Caller, change: dict[str, Any], field: str
) -> None:
    answer = platform.post(body={**STALL, **change})
    assert answer.status_code == 422, answer.content
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Lead.objects.exists()


def test_the_answer_is_what_the_description_promises(platform: Caller, loop: Loop) -> None:
    body = {**STALL, "reporter": {"name": "张三", "phone": "13812345678", "email": "zhang@example.com"}}
    pk = platform.post(body={**body, "source": "hotline"}).json()["id"]
    services.split(
        Lead.objects.get(pk=pk),
        [services.NewLead("patrol", "E0201", f"摊位{n}", address="长寿路") for n in (1, 2)],
        by=loop.dispatcher,
        note="两处",
    )
    one = LeadDetail.model_validate_json(platform.get(f"/{pk}").content)
    assert len(one.parts) == 2
    found = platform.get()
    assert set(found.json()["items"][-1]) == {
        field.alias or name
        for name, field in LeadPage.model_fields["items"].annotation.__args__[0].model_fields.items()
    }  # type: ignore[union-attr]
    LeadPage.model_validate_json(found.content)


def test_who_reported_it_is_never_given_out_unmasked(platform: Caller) -> None:
    body = {**STALL, "reporter": {"name": "张小三", "phone": "13812345678", "email": "zhang@example.com"}}
    pk = platform.post(body=body).json()["id"]
    answer = platform.get(f"/{pk}")
    assert answer.json()["reporter"]["name"] == "张*三"
    assert LeadReporter.objects.get().phone == "13812345678"
    everything = answer.content.decode() + platform.get().content.decode()
    for secret in ("张小三", "13812345678", "zhang@"):
        assert secret not in everything


def test_every_filter_narrows(platform: Caller, loop: Loop) -> None:
    now = timezone.now()
    stall = loop.lead(route=True, reported_at=now - timedelta(days=3))
    sign = loop.lead(
        source="camera", lead_class="E0302", description="店招违规", position=factories.IN_TAOPU,
        address="桃浦路5号", severity=3,
    )  # fmt: skip
    shop = factories.make_object(loop.district)
    object_lead = loop.lead(object_id=shop.pk, description="无证餐饮", position=None, address="")
    services.dismiss(object_lead, Outcome.UNFOUNDED, by=loop.dispatcher, note="不属实")
    everything = [object_lead.pk, sign.pk, stall.pk]
    day = (now - timedelta(days=1)).isoformat()
    expected: list[tuple[dict[str, Any], list[Lead]]] = [
        ({"stage": "dispatched"}, [stall]),
        ({"stage": ["dispatched", "found"]}, [sign, stall]),
        ({"open": "true"}, [sign, stall]),
        ({"open": "false"}, [object_lead]),
        ({"outcome": "unfounded"}, [object_lead]),
        ({"source": "camera"}, [sign]),
        ({"class": "E0302"}, [sign]),
        ({"squad": loop.other_squad.pk}, [sign]),
        ({"town": sign.town_id}, [sign]),
        ({"object": shop.pk}, [object_lead]),
        ({"severity": 3}, [sign]),
        ({"light": "red"}, []),
        ({"light": "green"}, [object_lead, sign, stall]),
        ({"reported_to": day}, [stall]),
        ({"reported_from": day}, [object_lead, sign]),
        ({"updated_from": now.isoformat()}, [object_lead, sign, stall]),
        ({"updated_to": now.isoformat()}, []),
        ({"bbox": "121.42,31.23,121.44,31.25", "open": "true"}, [stall]),
        ({"q": "店招"}, [sign]),
        ({"q": "水果 长寿"}, [stall]),
        ({"q": stall.number}, [stall]),
        ({"q": "没有的词"}, []),
    ]
    assert ids(platform.get()) == everything
    for query, leads in expected:
        assert ids(platform.get(**query)) == [lead.pk for lead in leads], query


def test_the_light_of_the_list_is_that_of_the_filter(platform: Caller, loop: Loop) -> None:
    lead = loop.lead(route=True, handle_by=timezone.now() + timedelta(hours=1))
    held = loop.lead(route=True)
    services.hold(held, by=loop.dispatcher, note="待权属单位确认")
    late = loop.lead(route=True, handle_by=timezone.now() - timedelta(hours=1))
    for light in ("green", "amber", "red", "held"):
        assert all(item["light"] == light for item in platform.get(light=light).json()["items"])
    assert ids(platform.get(light="held")) == [held.pk]
    assert ids(platform.get(light="red")) == [late.pk]
    assert lead.pk in ids(platform.get(light="green"))


@pytest.mark.parametrize("query", [{"bbox": "1,2,3"}, {"cursor": "abc"}, {"cursor": "dTE6Mg=="}])
def test_what_cannot_be_read_is_answered_400(platform: Caller, query: dict[str, str]) -> None:
    assert platform.get(**query).status_code == 400


def test_pages_are_complete_and_do_not_shift_under_new_leads(platform: Caller, loop: Loop) -> None:
    there = [loop.lead().pk for _ in range(7)]
    seen: list[int] = []
    cursor = ""
    while cursor is not None:
        page = platform.get(cursor=cursor, limit=2).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        loop.lead()
    assert seen == there[::-1]


def test_changes_come_in_the_order_of_the_last_change_and_again_when_something_changes(
    platform: Caller, loop: Loop
) -> None:
    first, second = loop.lead(), loop.lead()
    services.remark(first, "来电补充", by=loop.dispatcher)
    page = platform.get("/changes").json()
    assert [item["id"] for item in page["items"]] == [second.pk, first.pk] and not page["more"]
    assert platform.get("/changes", cursor=page["next"]).json()["items"] == []
    services.remark(second, "再次来电", by=loop.dispatcher)
    later = platform.get("/changes", cursor=page["next"]).json()
    assert [item["id"] for item in later["items"]] == [second.pk]


def test_a_lead_goes_from_report_to_evaluation_through_the_api(platform: Caller, loop: Loop) -> None:
    lead = platform.post(body=STALL).json()["id"]
    officer = Caller(person=loop.officer)
    supervisor = Caller(person=loop.supervisor)
    assert attach(platform, lead).status_code == 201
    steps: list[tuple[Caller, str, dict[str, Any]]] = [
        (platform, "register", {"route": False}),
        (platform, "dispatch", {"squad": loop.squad.pk, "officer": loop.officer.pk}),
        (officer, "accept", {}),
        (officer, "arrive", {"note": "已到"}),
        (officer, "handle", {"outcome": "unfounded", "note": "现场未见"}),
        (supervisor, "verify", {}),
        (platform, "close", {}),
        (supervisor, "evaluate", {"rating": 5}),
    ]
    for caller, action, body in steps:
        answer = caller.act(lead, action, **body)
        assert answer.status_code == 200, (action, answer.content)
    end = answer.json()
    assert (end["stage"], end["outcome"], end["rating"]) == ("closed", "unfounded", 5)
    assert [step["action"] for step in end["steps"]][-1] == "evaluate"


def test_a_key_that_accepts_does_not_become_the_officer(platform: Caller, loop: Loop) -> None:
    squad = Caller(key_of(loop.squad, ["leads.work", "leads.view"], "中队终端"))
    answer = squad.act(loop.lead(route=True).pk, "accept")
    assert answer.status_code == 200 and answer.json()["officer"] is None


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("close", {}, 409),
        ("accept", {}, 409),
        ("resume", {}, 409),
        ("urge", {"expected_version": 9}, 409),
        ("return", {}, 422),
        ("dispatch", {"squad": 2**40}, 422),
        ("dismiss", {"outcome": "advised", "note": "x"}, 422),
        ("urge", {"reason": "x"}, 422),
        ("merge", {"into": 2**40}, 422),
        ("split", {"note": "x", "parts": [STALL]}, 422),
        ("teleport", {}, 404),
    ],
)
def test_what_is_not_possible_is_refused_and_changes_nothing(
    platform: Caller, loop: Loop, action: str, body: dict[str, Any], status: int
) -> None:
    lead = loop.lead()
    answer = platform.act(lead.pk, action, **body)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    lead.refresh_from_db()
    assert (lead.version, lead.stage) == (1, Stage.FOUND)


def test_a_double_is_joined_and_a_lead_is_split(platform: Caller, loop: Loop) -> None:
    lead, double = loop.lead(route=True), loop.lead(route=True)
    joined = platform.act(double.pk, "merge", into=lead.pk).json()
    assert (joined["outcome"], joined["merged_into"]) == ("merged", lead.pk)
    split = platform.act(
        lead.pk, "split", note="两处", parts=[STALL, {**STALL, "description": "第二处"}]
    ).json()
    assert len(split["parts"]) == 2


def test_a_squads_key_sees_and_changes_only_what_is_the_squads(loop: Loop) -> None:
    mine, other = loop.lead(route=True), loop.lead(route=True, position=factories.IN_TAOPU)
    squad = Caller(key_of(loop.squad, ["leads.work", "leads.view", "leads.report"], "中队终端"))
    assert ids(squad.get()) == [mine.pk]
    assert squad.get(f"/{other.pk}").status_code == 404
    assert squad.act(other.pk, "accept").status_code == 404
    assert squad.act(mine.pk, "accept").status_code == 200
    assert squad.act(mine.pk, "urge").status_code == 403
    assert squad.get("/changes").status_code == 200


def test_no_action_reaches_a_lead_of_another_squad(loop: Loop) -> None:
    keys_may = sorted(p for p in key_permissions() if p.startswith("leads."))
    stranger = Caller(key_of(loop.other_squad, keys_may, "别的中队"))
    lead = loop.lead(route=True)
    for action, verb in VERBS.items():
        body = verb.body.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index,call-overload]
        expected = 404 if PERMISSION[action] in keys_may else 403
        assert stranger.act(lead.pk, action.value, **body).status_code == expected, action
    lead.refresh_from_db()
    assert lead.version == 3


def test_a_part_brings_no_number_of_a_source_that_could_be_another_lead(platform: Caller, loop: Loop) -> None:
    other = loop.lead(source="hotline", source_ref="SH1")
    parts = [STALL, {**STALL, "source": "hotline", "source_ref": "SH1"}]
    assert platform.act(loop.lead(route=True).pk, "split", note="两处", parts=parts).status_code == 422
    other.refresh_from_db()
    assert other.parent_id is None


def test_files_are_known_by_their_content_and_come_back_as_they_were(platform: Caller, loop: Loop) -> None:
    lead = loop.lead(route=True)
    url = f"{LEADS}/{lead.pk}/attachments"
    photo = factories_photo()
    disguised = SimpleUploadedFile("x.jpg", b"<html><script>alert(1)</script>", "image/jpeg")
    refused = platform.client.post(url, {"file": disguised})
    assert refused.status_code == 422 and refused.json()["errors"][0]["field"] == "file"
    answer = platform.client.post(
        url,
        {
            "file": SimpleUploadedFile("../../现场.jpg", photo),
            "moment": "closing",
            "taken_at": "2020-11-30T08:30:00+08:00",
            "longitude": "121.4",
            "latitude": "31.2",
        },
    )
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["name"], made["moment"], made["media_type"]) == ("现场.jpg", "closing", "image/jpeg")
    assert made == {**platform.get(f"/{lead.pk}").json()["attachments"][0], **_moments(made)}
    file = platform.client.get(made["url"])
    assert b"".join(file.streaming_content) == photo
    assert file["X-Content-Type-Options"] == "nosniff" and "sandbox" in file["Content-Security-Policy"]
    elsewhere = Caller(key_of(loop.other_squad, ["leads.view"], "别的中队"))
    assert elsewhere.client.get(made["url"]).status_code == 404
    assert platform.client.post(url).status_code == 422
    assert platform.client.get(f"{url}/{made['id'] + 1}").status_code == 404


def attach(caller: Caller, lead: int, **about: str) -> Any:
    file = SimpleUploadedFile("现场.jpg", factories_photo())
    return caller.client.post(f"{LEADS}/{lead}/attachments", {"file": file, **about})


def _moments(made: dict[str, Any]) -> dict[str, Any]:
    return {name: made[name] for name in ("taken_at", "added_at")}


def factories_photo() -> bytes:
    """A small JPEG."""
    from io import BytesIO

    from PIL import Image

    kept = BytesIO()
    Image.new("RGB", (8, 8), "red").save(kept, "JPEG")
    return kept.getvalue()


def test_every_operation_has_an_example_of_what_goes_in_and_what_comes_out() -> None:
    described = api.get_openapi_schema(path_prefix="/api/v1/")
    schemas = described["components"]["schemas"]
    checked = 0
    for path, item in described["paths"].items():
        if not path.startswith(LEADS):
            continue
        for operation in item.values():
            asked = operation.get("requestBody", {}).get("content", {}).get("application/json")
            answers = [
                answer["content"] for code, answer in operation["responses"].items() if int(code) < 300
            ]
            for content in [*([asked] if asked else []), *(one.get("application/json") for one in answers)]:
                if content is None:
                    continue  # a file
                schema = content["schema"]
                name = (schema.get("items") or schema)["$ref"].rsplit("/", 1)[-1]
                assert schemas[name].get("examples"), (path, name)
                checked += 1
    assert checked > 2 * len(VERBS)


@pytest.mark.parametrize("action", [action.value for action in VERBS])
def test_the_examples_of_the_actions_are_readable(action: str) -> None:
    verb = VERBS[Action(action)]
    for example in verb.body.model_config["json_schema_extra"]["examples"]:  # type: ignore[index,call-overload]
        verb.body.model_validate(example)


def test_every_action_of_the_loop_has_its_route_or_a_reason() -> None:
    by_itself = {Action.REPORT, Action.JOIN, Action.PARTS_DONE}
    elsewhere = {
        Action.LINK_CASE,
        Action.CORRECT,
    }  # cases file cases; particulars have no service of their own
    assert set(VERBS) == set(Action) - by_itself - elsewhere


def test_classes_and_sources_are_told(platform: Caller) -> None:
    classes = {entry["code"]: entry for entry in platform.get("/classes").json()}
    assert classes["E0201"]["photos_filing"] >= 0
    assert {entry["code"] for entry in platform.get("/sources").json()} >= {"api", "hotline", "patrol"}
