"""Certificates: added, renewed, valid on a day; and each refusal."""

from __future__ import annotations

from datetime import date

import pytest

from chengshu.bureau.models import Unit, User
from chengshu.bureau.services import certificates
from chengshu.bureau.services.base import Refused
from tests import factories

pytestmark = pytest.mark.django_db
YEARS = {"valid_from": date(2020, 1, 1), "valid_to": date(2022, 12, 31)}


def test_validity_by_day(system: User, squad: Unit) -> None:
    officer = factories.make_user("officer", squad)
    added = certificates.add_certificate(officer, by=system, number=" hu0901001 ", **YEARS)
    assert added.number == "HU0901001"
    for day, valid in ((date(2019, 12, 31), False), (date(2020, 1, 1), True), (date(2022, 12, 31), True)):
        assert (certificates.valid_certificate(officer, day) is not None) is valid
    assert certificates.valid_certificate(officer, date(2023, 1, 1)) is None
    renewed = certificates.add_certificate(
        officer, by=system, number="HU0901001", valid_from=date(2023, 1, 1), valid_to=date(2025, 12, 31)
    )
    assert certificates.valid_certificate(officer, date(2023, 1, 1)) == renewed


def test_refusals(system: User, security: User, squad: Unit) -> None:
    officer, other = factories.make_user("officer", squad), factories.make_user("officer", squad)
    certificates.add_certificate(officer, by=system, number="HU0901001", **YEARS)
    with pytest.raises(Refused, match="属于其他人员"):
        certificates.add_certificate(other, by=system, number="HU0901001", **YEARS)
    with pytest.raises(Refused, match="在该期间内已登记"):
        certificates.add_certificate(officer, by=system, number="HU0901001", **YEARS)
    with pytest.raises(Refused, match="失效日期早于生效日期"):
        certificates.add_certificate(
            other, by=system, number="HU0901002", valid_from=date(2022, 1, 1), valid_to=date(2020, 1, 1)
        )
    for number in ("", "ab", "a b c d", "x" * 41):
        with pytest.raises(Refused, match="编号应为 4 至 40 位"):
            certificates.add_certificate(other, by=system, number=number, **YEARS)
    with pytest.raises(Refused, match="不在您的管理范围内"):
        certificates.add_certificate(other, by=security, number="HU0901002", **YEARS)
