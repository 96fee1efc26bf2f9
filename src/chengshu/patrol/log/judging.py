"""Whether a duty log is valid, and why not. Pure: contents, moments and rules in, faults out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.patrol.frequency import visits_of

from .composing import CHECK_IN
from .rules import LogRules


class Fault(TextChoices):
    """不合格原因: every code that may stand in a log's ``faults``."""

    INCOMPLETE = "incomplete", _("Neither enough work on record nor a line of the officer")
    NO_TIMES = "no_times", _("Start or end of the duty was not told")
    FEW_CHECK_INS = "few_check_ins", _("Too few check-ins, and no track instead")
    DOUBTFUL = "doubtful_check_ins", _("Too many check-ins are doubtful")
    SIGNED_LATE = "signed_late", pgettext_lazy("duty log", "Signed late")
    CONFIRMED_LATE = "confirmed_late", pgettext_lazy("duty log", "Confirmed late")
    UNSIGNED = "unsigned", pgettext_lazy("duty log", "Not signed in time")
    UNCONFIRMED = "unconfirmed", pgettext_lazy("duty log", "Not confirmed in time")


def faults_of(content: Mapping[str, Any], rules: LogRules) -> list[str]:
    """What is wrong with the log as it is signed, times of signing and confirming apart."""
    return [*_incomplete(content, rules), *_unmatched(content, rules)]


def judged_at_signing(
    content: Mapping[str, Any], rules: LogRules, *, signed_at: datetime, sign_by: datetime
) -> list[str]:
    """The faults that the log has when it is signed."""
    late = [Fault.SIGNED_LATE.value] if signed_at > sign_by else []
    return [*faults_of(content, rules), *late]


def judged_at_confirming(known: list[str], *, confirmed_at: datetime, confirm_by: datetime) -> list[str]:
    """The faults found at signing, and whether the confirmation came late."""
    late = [Fault.CONFIRMED_LATE.value] if confirmed_at > confirm_by else []
    return [*known, *late]


def _incomplete(content: Mapping[str, Any], rules: LogRules) -> list[str]:
    found = []
    asked = rules.complete
    done = sum(deed["kind"] not in asked.not_counted for deed in content["deeds"])
    if done < asked.deeds_least and len(content.get("line", "").strip()) < asked.line_least:
        found.append(Fault.INCOMPLETE.value)
    duty = content["duty"]
    if asked.times_needed and not (duty["started_at"] and duty["ended_at"]):
        found.append(Fault.NO_TIMES.value)
    return found


def _unmatched(content: Mapping[str, Any], rules: LogRules) -> list[str]:
    asked = rules.matched
    if content["duty"]["kind"] not in asked.duties:
        return []
    track = content["track"]
    if (
        track
        and track["positions"] >= asked.or_positions_least
        and track["distance_m"] >= asked.or_distance_least_m
    ):
        return []
    seen = [
        (deed["data"].get("point"), datetime.fromisoformat(deed["at"]), deed["data"])
        for deed in sorted(content["deeds"], key=lambda deed: str(deed["at"]))
        if deed["kind"] == CHECK_IN and deed["data"].get("weight", 0) >= asked.weight_least
    ]
    counted = [data for _point, data in visits_of(seen, timedelta(minutes=asked.apart_minutes))]
    if len(counted) < asked.check_ins_least:
        return [Fault.FEW_CHECK_INS.value]
    sound = sum(1 for data in counted if not asked.doubtful & set(data.get("lights", ())))
    return [] if not counted or sound / len(counted) >= asked.unlit_share_least else [Fault.DOUBTFUL.value]
