"""校准: decisions say how many suspects of a score are real; the scores of open ones follow."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from chengshu.bureau.models import District, User
from chengshu.sensing import library
from chengshu.sensing.lifecycle import REAL, Kind, SecondState, SuspectState
from chengshu.sensing.models import ScoreModel, Suspect
from chengshu.sensing.refusing import DECIDE, require
from chengshu.sensing.rules import rules

BATCH = 500


def recalibrate(district: District, *, by: User | None) -> list[ScoreModel]:
    """Fit the scores of each kind with enough verdicts and judge open suspects anew; the models made.

    Verdicts are those of people: what a permit suppressed, what nobody could tell and what two readers
    disagree on teach nothing. A kind without new verdicts keeps its model.
    """
    require(by, DECIDE, district_id=district.pk)
    ways = [(kind, heights) for kind in Kind.values for heights in (True, False)]
    return [model for kind, heights in ways if (model := _fit(district, kind, heights)) is not None]


@transaction.atomic
def _fit(district: District, kind: str, has_heights: bool) -> ScoreModel | None:
    rows = Suspect.objects.filter(district=district, kind=kind, comparison__has_heights=has_heights)
    taught = rows.filter(decided_by__isnull=False).exclude(second=SecondState.DISAGREED)
    taught = taught.exclude(state__in=(SuspectState.OPEN, SuspectState.UNCLEAR)).order_by("pk")
    pairs = list(taught.values_list("measures", "state"))
    if len(pairs) < rules().calibration_least:
        return None
    real = [state in REAL for _measures, state in pairs]
    before = ScoreModel.objects.filter(district=district, kind=kind, has_heights=has_heights)
    last = before.order_by("-fitted_at").first()
    if last is not None and (last.verdicts, last.real) == (len(pairs), sum(real)):
        return None
    fitted = library.fit_scores([measures for measures, _state in pairs], real, has_heights=has_heights)
    if fitted is None:
        return None
    waiting = list(rows.select_for_update(of=("self",)).filter(state=SuspectState.OPEN))
    for suspect in waiting:
        suspect.score = library.judge(fitted, suspect.measures, suspect.score_raw)
    Suspect.objects.bulk_update(waiting, ["score"], batch_size=BATCH)
    return ScoreModel.objects.create(
        district=district, kind=kind, has_heights=has_heights, model=fitted, verdicts=len(pairs),
        real=sum(real), fitted_at=timezone.now(),
    )  # fmt: skip
