"""校准: decisions say how many suspects of a score are real; the scores of open ones follow."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from chengshu.bureau.models import District, User
from chengshu.sensing import library
from chengshu.sensing.lifecycle import REAL, Kind, SecondState, SuspectState
from chengshu.sensing.models import CalibrationCurve, Suspect
from chengshu.sensing.queries.curves import judged
from chengshu.sensing.refusing import DECIDE, require
from chengshu.sensing.rules import rules

BATCH = 500


def recalibrate(district: District, *, by: User | None) -> list[CalibrationCurve]:
    """Fit a curve for each kind with enough verdicts and judge open suspects anew; the curves made.

    Verdicts are those of people: what a permit suppressed, what nobody could tell and what two readers
    disagree on teach nothing. A kind without new verdicts keeps its curve.
    """
    require(by, DECIDE, district_id=district.pk)
    made = [curve for kind in Kind.values if (curve := _fit(district, kind)) is not None]
    return made


@transaction.atomic
def _fit(district: District, kind: str) -> CalibrationCurve | None:
    rows = Suspect.objects.filter(district=district, kind=kind)
    taught = rows.filter(decided_by__isnull=False).exclude(
        state__in=(SuspectState.OPEN, SuspectState.UNCLEAR)
    )
    pairs = list(
        taught.exclude(second=SecondState.DISAGREED).order_by("pk").values_list("score_raw", "state")
    )
    if len(pairs) < rules().calibration_least:
        return None
    real = [state in REAL for _score, state in pairs]
    last = CalibrationCurve.objects.filter(district=district, kind=kind).order_by("-fitted_at").first()
    if last is not None and (last.verdicts, last.real) == (len(pairs), sum(real)):
        return None
    curve = CalibrationCurve.objects.create(
        district=district, kind=kind, verdicts=len(pairs), real=sum(real), fitted_at=timezone.now(),
        curve=library.fit_curve([score for score, _state in pairs], real, rules().calibration_steps),
    )  # fmt: skip
    waiting = list(rows.select_for_update(of=("self",)).filter(state=SuspectState.OPEN))
    for suspect in waiting:
        suspect.score = judged(curve.curve, suspect.score_raw)
    Suspect.objects.bulk_update(waiting, ["score"], batch_size=BATCH)
    return curve
