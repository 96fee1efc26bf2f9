"""Every route × every role: what ``tests/permission_table.py`` says is what the running project does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from chengshu.bureau.models import District, RoleAssignment, RosterEntry, Unit, User
from chengshu.bureau.session_store import SessionStore
from chengshu.cases.models import Case
from chengshu.config.api import api
from chengshu.inspections.models import Checklist, InspectionItem
from chengshu.inspections.services.catalogue import load_catalogue
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.models import Job
from chengshu.law.catalogue import catalogue
from chengshu.leads.services import NewLead, report
from chengshu.leads.services.classes import load_classes as load_lead_classes
from chengshu.reports.documents.writing import begin
from chengshu.structures.services.entering import NewEntry, enter
from tests import factories
from tests.permission_roles import PUBLIC, ROLES
from tests.permission_table import ANSWERS, BODIES, PARAMETERS, QUERIES, SECTIONS, TABLE

ALLOWED = {200, 201, 202, 204, 302, 303, 304, 400, 404, 405, 409, 412, 413, 415, 422}
IN_A_SQUAD = {"officer", "squad_leader"}
API = "/api/v1"
API_NAMESPACE = "api"
PART = 20  # rows a test, so that several workers share a long section
PARTS = [(name, part) for name, rows in SECTIONS.items() for part in range(-(-len(rows) // PART))]


# --- what there is ----------------------------------------------------------------------------------
def routes() -> dict[str, URLPattern]:
    """All HTML routes by name; a route without a name would be missed, so it is an error."""
    found: dict[str, URLPattern] = {}

    def walk(resolver: URLResolver, spaces: tuple[str, ...]) -> None:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                space = (pattern.namespace,) if pattern.namespace else ()
                if space != (API_NAMESPACE,):
                    walk(pattern, spaces + space)
                continue
            assert pattern.name, f"{pattern} has no name"
            found[":".join((*spaces, pattern.name))] = pattern

    walk(get_resolver(), ())
    return found


def operations() -> dict[tuple[str, str], Any]:
    """All API operations by method and path."""
    found = {}
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    full = "/" + "/".join(part.strip("/") for part in (prefix, path) if part.strip("/"))
                    found[method, full + ("/" if path.endswith("/") and path != "/" else "")] = operation
    return found


def documentation() -> set[str]:
    """The API's own pages (description, documentation)."""
    return {
        f"{API_NAMESPACE}:{pattern.name}"
        for entry in get_resolver().url_patterns
        if isinstance(entry, URLResolver) and entry.namespace == API_NAMESPACE
        for pattern in entry.url_patterns
        if pattern.name in {"openapi-json", "openapi-view", "api-root"}
    }


# --- the table is complete --------------------------------------------------------------------------
def test_every_route_stands_in_the_table() -> None:
    known = {route for _method, route in TABLE}
    missing = sorted(set(routes()) - known)
    missing += sorted(f"{method} {path}" for method, path in operations() if (method, path) not in TABLE)
    missing += sorted(documentation() - known)
    assert not missing, f"add these to tests/permission_table.py: {missing}"


def test_the_table_names_nothing_that_is_gone() -> None:
    there = set(routes()) | {path for _method, path in operations()} | documentation()
    assert not sorted({route for _method, route in TABLE} - there)


def test_every_view_says_who_may() -> None:
    silent = [name for name, pattern in routes().items() if not hasattr(pattern.callback, "permission")]
    silent += [
        f"{method} {path}"
        for (method, path), operation in operations().items()
        if not hasattr(operation.view_func, "permission")
    ]
    assert not silent, f"no access gate (kernel.access): {silent}"


def test_roles_of_the_table_are_those_of_the_role_file() -> None:
    from chengshu.bureau.roles import roles

    assert set(ROLES) == set(roles())


# --- the project does what the table says -----------------------------------------------------------
@cache
def _hash() -> str:
    return make_password(factories.PASSWORD)


@pytest.fixture
def things(db: None) -> dict[str, Any]:
    """The district, a person a role, and one thing of every kind that a route may be about."""
    district = District.objects.get(code="310107")
    squad = Unit.objects.get(district=district, kind=Unit.Kind.SQUAD, towns__name="长寿路街道")
    bureau = Unit.objects.get(district=district, kind=Unit.Kind.BUREAU)
    now = timezone.now()
    people = {}
    for role in ROLES:
        at = squad if role in IN_A_SQUAD else bureau
        people[role] = User.objects.create(
            username=f"table-{role}", full_name=role, unit=at, password=_hash(), password_changed_at=now
        )
    RoleAssignment.objects.bulk_create(
        RoleAssignment(user=person, role=role, unit=person.unit, granted_at=now)
        for role, person in people.items()
    )
    subject = User.objects.create(
        username="table-subject", full_name="对象", unit=squad, password=_hash(), password_changed_at=now
    )
    starts = now + timedelta(days=3)
    made: dict[str, Any] = {
        "people": people,
        "cause_code": catalogue().causes[0].code,
        "instrument_code": catalogue().instruments[0].code,
        "article": "第一条",
        "person": subject.pk,
        "assignment": RoleAssignment.objects.create(
            user=subject, role="officer", unit=squad, granted_at=now
        ).pk,
        "unit": squad.pk,
        "duty": RosterEntry.objects.create(
            unit=squad, user=subject, starts_at=starts, ends_at=starts + timedelta(hours=8)
        ).pk,
        "district_code": district.code,
        "squad_code": squad.code,
        "number": 1,
        "provider": "sso",
        "day": date(2021, 1, 4),
        "dataset": "penalties",
        "language": "en",
        "layer": "towns",
        "uuid": "0195a0c0-0000-7000-8000-000000000001",
        "sha256": "ab" * 32,
        "note_about": "lead",
        "figure": "cases_total",
        "board": "leaders",
        "month": "2020-10",
    }
    made["job"] = Job.objects.create(kind="test", title="test", created_by=people["registry_clerk"]).pk
    made |= registry_things(district, people["registry_clerk"])
    made |= case_things(district, squad)
    made |= lead_things(district)
    made |= inspection_things(district)
    made |= structure_things(district)
    made |= document_things(district, people["analyst"])
    return made


def document_things(district: District, writer: User) -> dict[str, Any]:
    """A draft of a report, one part of it, and a file it can be had as."""
    draft = begin(district, "annual", Period.year(2020), by=writer)
    return {"document": draft.pk, "document_part": draft.parts.all()[0].pk, "document_file": "docx"}


def structure_things(district: District) -> dict[str, Any]:
    """An entry of the ledger in the squad's town."""
    new = NewEntry("长寿路1号", ["rooftop"], "stock", position=factories.IN_CHANGSHOU)
    structure = enter(new, district=district, by=None)
    return {"structure": structure.pk, "structure_act": "survey", "structure_step": "on_site"}


def inspection_things(district: District) -> dict[str, Any]:
    """An item and a checklist of inspections."""
    load_catalogue(district)
    item = InspectionItem.objects.filter(district=district)[0]
    return {"inspection_item": item.pk, "checklist": Checklist.objects.filter(district=district)[0].pk}


def registry_things(district: District, clerk: User) -> dict[str, Any]:
    """One object, class, import, round and pair of doubles, as far as routes are about them."""
    shop = factories.make_object(district)
    return {"object": shop.pk, "class": shop.object_class_id, "class_code": shop.object_class.code}


def case_things(district: District, squad: Unit) -> dict[str, Any]:
    """A lead of the squad, and a step that its officers may take."""
    case = Case.objects.create(district=district, squad=squad, state="lead")
    return {"case": case.pk, "step_kind": "check", "token": "nobodys-token"}


def lead_things(district: District) -> dict[str, Any]:
    """A lead of the squad, and an action that everybody who sees it may take."""
    load_lead_classes(district)
    stall = NewLead("patrol", "E0201", "占道设摊", address="长寿路1号", position=factories.IN_CHANGSHOU)
    return {"lead": report(stall, district=district, by=None, route=False).lead.pk, "lead_action": "remark"}


def address(route: str, things: dict[str, Any]) -> str:
    """The URL of a route with arguments filled in from the things."""
    if route.startswith("/"):
        named = {**PARAMETERS.get("api", {}), **PARAMETERS.get(route, {})}
        for name, thing in named.items():
            route = route.replace("{" + name + "}", str(things[thing]))
        assert "{" not in route, f"say in PARAMETERS what stands for {route}"
        return API + route
    if route.startswith(f"{API_NAMESPACE}:"):
        return reverse(route)
    space = PARAMETERS.get(route.partition(":")[0], {}) if ":" in route else {}
    named = {**space, **PARAMETERS.get(route, {})}
    wanted = routes()[route].pattern.converters if route in routes() else {}
    wanted = set(wanted) | set(_parent_converters(route))
    missing = [name for name in wanted if name not in named]
    assert not missing, f"say in PARAMETERS what stands for {missing} of {route}"
    return reverse(route, kwargs={name: things[named[name]] for name in wanted})


def _parent_converters(route: str) -> Iterator[str]:
    """Names of arguments that stand in the patterns around a route."""

    def walk(resolver: URLResolver, spaces: tuple[str, ...], above: tuple[str, ...]) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                inner = (pattern.namespace,) if pattern.namespace else ()
                yield from walk(pattern, spaces + inner, above + tuple(pattern.pattern.converters))
            elif pattern.name and ":".join((*spaces, pattern.name)) == route:
                yield from above

    yield from walk(get_resolver(), (), ())


def client_of(person: User | None) -> Client:
    """A browser that is signed in; the session is written directly, since signing in has tests of its own."""
    client = Client()
    if person is not None:
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "chengshu.bureau.backends.BureauBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key or ""
    return client


def outcome(client: Client, method: str, url: str, body: str = "") -> tuple[str, int]:
    """``allow``, ``deny``, ``login`` or ``other``, with the status; nothing the request did stays."""
    content_type = "application/json" if body else "application/x-www-form-urlencoded"
    with transaction.atomic():
        response = client.generic(method, url, body, content_type=content_type)
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    status = response.status_code
    if (
        status in (302, 303)
        and "/accounts/login/" in response["Location"]
        and not url.startswith("/accounts/")
    ):
        return "login", status
    if status == 302 and url.startswith("/accounts/") and "login/?next=" in response["Location"]:
        return "login", status
    if status == 401 and url.startswith((API, "/field/api/")):
        return "login", status
    if status == 403:
        return "deny", status
    return ("allow" if status in ALLOWED else "other"), status


@pytest.mark.parametrize(("section", "part"), PARTS)
def test_only_the_roles_of_the_table_get_in(section: str, part: int, things: dict[str, Any]) -> None:
    clients = {actor: client_of(things["people"].get(actor)) for actor in ("anonymous", *ROLES)}
    wrong = []
    rows = list(SECTIONS[section].items())[part * PART : (part + 1) * PART]
    for (method, route), allowed in rows:
        url = address(route, things) + QUERIES.get(route, "")
        for actor, client in clients.items():
            expected = "allow" if actor in allowed else "login" if actor == "anonymous" else "deny"
            cookies = client.cookies.copy()
            got, status = outcome(client, method, url, BODIES.get(route, ""))
            client.cookies = cookies
            if got != expected and not (expected == "allow" and status in ANSWERS.get(route, ())):
                wrong.append(f"{method} {url} as {actor}: {expected} expected, {status} answered")
    assert not wrong, "\n".join(wrong)


def test_no_other_method_opens_a_door(things: dict[str, Any]) -> None:
    """Whatever method a stranger tries, only public routes answer."""
    wrong = []
    for route in routes():
        rows = {method: roles for (method, name), roles in TABLE.items() if name == route}
        if any(roles == PUBLIC for roles in rows.values()):
            continue
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(rows):
            got, status = outcome(client_of(None), method, address(route, things))
            if got != "login" and status not in (403, 404, 405):
                wrong.append(f"{method} {route}: {status}")
    assert not wrong, wrong
