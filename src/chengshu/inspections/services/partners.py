"""联合检查部门: departments that take part in joint tasks, and their officers."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.inspections.models import PartnerDepartment, PartnerOfficer
from chengshu.kernel import ledger

from .base import InspectionProblem, require

PERMISSION = "inspections.configure"


@transaction.atomic
def save_department(
    district: District,
    *,
    by: User,
    code: str,
    name: str,
    active: bool = True,
    department: PartnerDepartment | None = None,
) -> PartnerDepartment:
    """Add a department or change one; out of use it takes part in no further task."""
    require(by, PERMISSION, district_id=district.pk)
    held = department or PartnerDepartment(district=district)
    held.code, held.name, held.active = code.strip()[:20], name.strip()[:80], active
    if not held.code or not held.name:
        raise InspectionProblem(_("Give a code and a name."), "name")
    others = PartnerDepartment.objects.filter(district=district, code=held.code).exclude(pk=held.pk)
    if others.exists():
        raise InspectionProblem(_("Another department has this code."), "code")
    held.save()
    payload = {"code": held.code, "name": held.name, "active": held.active}
    ledger.append(f"inspections.partner:{held.pk}", "department", payload, actor=by.username)
    return held


@transaction.atomic
def save_officer(
    department: PartnerDepartment,
    *,
    by: User,
    name: str,
    certificate: str,
    valid_to: date,
    active: bool = True,
    officer: PartnerOfficer | None = None,
) -> PartnerOfficer:
    """Add an officer of a department or change one; nobody is drawn without a certificate that is valid."""
    require(by, PERMISSION, district_id=department.district_id)
    held = officer or PartnerOfficer(department=department)
    held.name, held.certificate = name.strip()[:60], certificate.strip()[:40]
    held.valid_to, held.active = valid_to, active
    if not held.name or not held.certificate:
        raise InspectionProblem(_("Give the name and the number of the certificate."), "name")
    others = department.officers.filter(certificate=held.certificate).exclude(pk=held.pk)
    if others.exists():
        raise InspectionProblem(_("Another officer of the department has this certificate."), "certificate")
    held.save()
    payload = {"officer": held.pk, "certificate": held.certificate, "active": held.active}
    ledger.append(f"inspections.partner:{department.pk}", "officer", payload, actor=by.username)
    return held
