"""What decisions taught about scores: the newest model of each kind, with heights and without."""

from __future__ import annotations

from typing import Any

from chengshu.sensing.models import ScoreModel


def models_of(district_id: int, *, has_heights: bool) -> dict[str, dict[str, Any]]:
    """The newest model of each kind of suspects, in one query."""
    rows = ScoreModel.objects.filter(district=district_id, has_heights=has_heights)
    return dict(rows.order_by("kind", "-fitted_at").distinct("kind").values_list("kind", "model"))
