"""Looking behind a mask: permission, reason, record."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from chengshu.kernel import ledger, privacy
from chengshu.kernel.models import LedgerEntry, UnmaskRecord
from chengshu.kernel.privacy import UnmaskRefused, unmask
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_look_is_recorded_with_its_reason_and_entered_in_the_ledger() -> None:
    clerk = make_user("registry_clerk")
    record = unmask(clerk, "registry.object:12", ["phone", "name", "phone"], "  电话核实\n 营业状态 ")
    assert (record.user, record.subject) == (clerk, "registry.object:12")
    assert (record.fields, record.reason) == (["name", "phone"], "电话核实 营业状态")
    entry = LedgerEntry.objects.get(chain="privacy:registry.object:12")
    assert (entry.action, entry.actor) == ("privacy.unmasked", clerk.username)
    assert entry.payload == {
        "record": record.pk,
        "fields": ["name", "phone"],
        "reason": "电话核实 营业状态",
        "in_last_hour": 1,
    }
    assert ledger.verify_chain(entry.chain).ok


@pytest.mark.parametrize(
    ("fields", "reason"), [(["phone"], "看看 "), (["phone"], ""), ([], "电话核实营业状态")]
)
def test_without_a_reason_or_a_field_nothing_is_shown(fields: list[str], reason: str) -> None:
    with pytest.raises(UnmaskRefused) as refused:
        unmask(make_user("registry_clerk"), "registry.object:12", fields, reason)
    assert str(refused.value).endswith("。")
    assert not UnmaskRecord.objects.exists()


def test_without_the_permission_nothing_is_shown() -> None:
    for user in (make_user("officer"), AnonymousUser()):
        with pytest.raises(PermissionDenied):
            unmask(user, "registry.object:12", ["phone"], "电话核实营业状态")
    assert not UnmaskRecord.objects.exists()


def test_many_looks_within_an_hour_are_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(privacy, "MANY_PER_HOUR", 2)
    clerk = make_user("registry_clerk")
    with caplog.at_level(logging.WARNING, logger="chengshu.kernel.privacy"):
        for number in range(3):
            unmask(clerk, f"registry.object:{number}", ["phone"], "电话核实营业状态")
    assert [record.args for record in caplog.records] == [(clerk.username, 3)]
