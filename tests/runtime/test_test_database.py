"""The tests' own database: every test finds the migrated state, also after a test that committed."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection


@pytest.mark.django_db(transaction=True)
def test_a_committing_test_leaves_nothing_behind() -> None:
    ContentType.objects.create(app_label="left", model="behind")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE left_behind (id integer)")


@pytest.mark.django_db
def test_the_next_test_sees_the_migrated_state() -> None:
    assert not ContentType.objects.filter(app_label="left").exists()
    assert ContentType.objects.filter(app_label="contenttypes").exists()
    assert "left_behind" not in connection.introspection.table_names()


@pytest.mark.django_db
def test_the_server_is_a_real_postgresql() -> None:
    connection.ensure_connection()
    assert connection.pg_version >= 150000
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ÄÉ') , '中' < '国'")
        assert cursor.fetchone() == ("äé", True)
