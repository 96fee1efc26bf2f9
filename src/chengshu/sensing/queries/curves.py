"""What decisions taught about scores: the newest curve of each kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chengshu.sensing.models import CalibrationCurve

Curve = Sequence[Sequence[float]]


def curves_of(district_id: int) -> dict[str, Curve]:
    """The newest curve of each kind of suspects, in one query."""
    rows = (
        CalibrationCurve.objects.filter(district=district_id).order_by("kind", "-fitted_at").distinct("kind")
    )
    return dict(rows.values_list("kind", "curve"))


def judged(curve: Curve | None, raw: float) -> float:
    """The score by the curve; without one the raw score stands."""
    if not curve:
        return raw
    points = np.asarray(curve, dtype=float)
    return float(min(1.0, max(0.0, np.interp(raw, points[:, 0], points[:, 1]))))
