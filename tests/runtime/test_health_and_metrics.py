"""Alive and ready are two things; metrics are for those who may read them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pydantic import SecretStr

from chengshu.config import health


@pytest.fixture
def worker() -> None:
    """A job worker has just reported."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")


@pytest.fixture
def broken_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database answers nothing any more."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)
    monkeypatch.setattr(health, "_migrated", True)


@pytest.mark.django_db
def test_alive_without_asking_the_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz/live")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "live": True}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/healthz/ready"])
def test_ready(client: Client, worker: None, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    body = response.json()
    assert body["ready"] is True
    assert {name: check["ok"] for name, check in body["checks"].items()} == {
        "database": True,
        "migrations": True,
        "worker": True,
    }
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("age", [None, "1 minute"])
def test_not_ready_without_a_live_worker(client: Client, age: str | None) -> None:
    if age:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)", [age]
            )
    response = client.get("/healthz/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["worker"]["ok"] is False


@pytest.mark.django_db
def test_not_ready_with_migrations_to_come(
    client: Client, worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    response = client.get("/healthz/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["migrations"] == {"ok": False, "detail": "1 pending"}


@pytest.mark.django_db
def test_without_database_alive_but_not_ready(client: Client, broken_database: None) -> None:
    assert client.get("/healthz/live").status_code == 200
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["checks"]["database"] == {"ok": False, "detail": "DatabaseError"}


@pytest.mark.django_db
def test_metrics_name_routes_not_paths(client: Client) -> None:
    client.get("/healthz/live")
    client.get("/no/such/page/13812345678")
    response = client.get("/metrics")
    assert response.status_code == 200
    text = response.content.decode()
    assert 'chengshu_requests_total{method="GET",route="healthz_live",status="200"}' in text
    assert 'route="unmatched",status="404"' in text
    assert "13812345678" not in text
    assert "chengshu_database_up 1.0" in text
    assert "chengshu_workers" in text


@pytest.mark.django_db
def test_metrics_tell_that_the_database_is_gone(client: Client, broken_database: None) -> None:
    assert "chengshu_database_up 0.0" in client.get("/metrics").content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"HTTP_FORWARDED": "for=192.0.2.7"},
    ],
)
@pytest.mark.django_db
def test_metrics_are_not_for_other_machines(client: Client, headers: dict[str, str]) -> None:
    assert client.get("/metrics", **headers).status_code == 403  # type: ignore[arg-type]


@pytest.mark.django_db
def test_metrics_with_a_token(client: Client, settings: Any) -> None:
    settings.ENV = settings.ENV.model_copy(update={"metrics_token": SecretStr("correct")})
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    answer = client.get("/metrics", headers={"Authorization": "Bearer correct"}, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 200
