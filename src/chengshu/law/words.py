"""The law's codes in words, for pages and documents."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from chengshu.law.model import Cause, ExemptionItem, ExemptionReason, Field, Fine, Requirement, Tier

LEVELS = {
    "law": _lazy("Law"),
    "administrative_regulation": _lazy("Administrative regulation"),
    "local_regulation": _lazy("Local regulation"),
    "department_rule": _lazy("Department rule"),
    "local_rule": _lazy("Local rule"),
}
MODES = {
    "direct": _lazy("The fine may go with the order to rectify"),
    "after_order": _lazy("Only when the order to rectify was not followed"),
}
PARTIES = {"person": _lazy("Individual"), "organisation": _lazy("Organisation (party)")}
PENALTIES = {
    "warning": _lazy("Warning (penalty)"),
    "confiscate_gain": _lazy("Confiscation of unlawful gain"),
    "confiscate_goods": _lazy("Confiscation of unlawful goods"),
    "revoke_licence": _lazy("Revocation of the licence"),
    "suspend_business": _lazy("Suspension of business"),
    "restore": _lazy("Restoration of the original state"),
    "demolish": _lazy("Demolition within a time limit"),
}
COERCION = {
    "seize_goods": _lazy("Seizure of goods"),
    "seize_tools": _lazy("Seizure of tools"),
    "seize_vehicle": _lazy("Seizure of the vehicle"),
    "forced_removal": _lazy("Forced removal"),
    "substitute_performance": _lazy("Substitute performance"),
}
AREAS = {
    "subdistrict": _lazy("Subdistrict"),
    "town": _lazy("Town (area)"),
    "district": _lazy("District (area)"),
}
AUTHORITIES = {
    "bureau": _lazy("District enforcement bureau"),
    "subdistrict_office": _lazy("Subdistrict office"),
    "town_government": _lazy("Town government"),
}
PERIOD_UNITS = {
    "calendar_day": _lazy("calendar days"),
    "working_day": _lazy("working days"),
    "month": _lazy("months"),
    "year": _lazy("years"),
    "hour": _lazy("hours"),
}

STEPS = {
    "simple_procedure": _lazy("Simple procedure"),
    "cash_on_the_spot": _lazy("Collecting cash on the spot"),
    "hearing": _lazy("Hearing (amount)"),
    "legal_review": _lazy("Legal review"),
    "confiscation_review": _lazy("Legal review of a confiscation"),
    "lead_verification": _lazy("Verifying a lead"),
    "decision_after_filing": _lazy("Decision after filing"),
    "hearing_request": _lazy("Asking for a hearing"),
    "hearing_notice": _lazy("Notice before a hearing"),
    "statement": _lazy("Statement and defence"),
    "preservation_decision": _lazy("Deciding on preserved evidence"),
    "service": _lazy("Serving the decision"),
    "payment": _lazy("Paying the fine"),
    "cash_handover": _lazy("Handing over cash"),
    "simple_record": _lazy("Recording a decision made on the spot"),
    "limitation": _lazy("Limitation of the penalty"),
    "limitation_grave": _lazy("Limitation for harm to life, health or finance"),
    "seizure": _lazy("Seizure (period)"),
    "emergency_seizure_report": _lazy("Reporting an emergency seizure"),
    "substitute_reminder": _lazy("Reminder before substitute performance"),
    "reminder_before_court": _lazy("Reminder before applying to the court"),
    "court_application": _lazy("Applying for enforcement by the court"),
    "lost_property_notice": _lazy("Notice of unclaimed goods"),
    "public_notice_service": _lazy("Service by public notice"),
    "assistance_answer": _lazy("Answer to a request for assistance"),
    "reconsideration": _lazy("Applying for reconsideration"),
    "litigation": _lazy("Bringing an action"),
    "disclosure": _lazy("Disclosing the decision"),
    "disclosure_withdrawal": _lazy("Withdrawing a disclosed decision"),
    "credit_display": _lazy("Public display of a penalty, at most"),
    "credit_display_serious": _lazy("Public display of a penalty in a serious case, at most"),
    "crime_transfer_decision": _lazy("Deciding on a transfer of a suspected crime"),
    "crime_transfer_handover": _lazy("Handing over a suspected crime"),
}
"""What the known amounts and periods are for; one that a bureau adds is shown by its code."""


def step_words(entry: object) -> str:
    """What an amount or a period is for."""
    code = str(getattr(entry, "code", ""))
    return str(STEPS.get(code, code))


def name_of(entry: Cause | Field | Tier | Requirement | ExemptionReason | ExemptionItem) -> str:
    """The entry's name in the reader's language."""
    return entry.name if (get_language() or "").startswith("zh") else entry.name_en


def plain(amount: Decimal) -> str:
    """An amount without needless zeros."""
    return f"{amount.normalize():f}"


def fine_words(fine: Fine) -> str:
    """The range as the provision has it, e.g. 50元以上500元以下 or 违法所得1倍以上3倍以下."""
    text = _range(fine, fine.min, fine.max)
    if fine.cap is not None:
        text += _(", at most %(cap)s yuan") % {"cap": plain(fine.cap)}
    return text


def grave_words(fine: Fine) -> str:
    """The range of a serious case; empty if the provision knows none."""
    if fine.grave_max is None:
        return ""
    return _range(fine, fine.max if fine.grave_min is None else fine.grave_min, fine.grave_max)


def tier_words(fine: Fine, tier: Tier) -> str:
    """The range of a discretion tier in the unit of its fine."""
    return _range(fine, tier.min, tier.max)


def _range(fine: Fine, low: Decimal, high: Decimal) -> str:
    values = {"low": plain(low), "high": plain(high), "base": fine.base}
    if low == high:
        between = _exactly(fine) % values
    elif low == 0:
        between = _up_to(fine) % values
    else:
        between = _between(fine) % values
    return _per(fine) % {"range": between}


def _exactly(fine: Fine) -> str:
    if fine.unit == "times_value":
        return _("%(high)s times %(base)s")
    return _("%(high)s per cent of %(base)s") if fine.unit == "percent" else _("%(high)s yuan")


def _up_to(fine: Fine) -> str:
    if fine.unit == "times_value":
        return _("up to %(high)s times %(base)s")
    return _("up to %(high)s per cent of %(base)s") if fine.unit == "percent" else _("up to %(high)s yuan")


def _between(fine: Fine) -> str:
    if fine.unit == "times_value":
        return _("%(low)s to %(high)s times %(base)s")
    if fine.unit == "percent":
        return _("%(low)s to %(high)s per cent of %(base)s")
    return _("%(low)s to %(high)s yuan")


def _per(fine: Fine) -> str:
    return {
        "per_m2": _("%(range)s per square metre"),
        "per_m2_day": _("%(range)s per square metre and day"),
        "per_tonne": _("%(range)s per tonne"),
        "per_tree": _("%(range)s per tree"),
        "per_item": _("%(range)s per item"),
    }.get(fine.unit, "%(range)s")
