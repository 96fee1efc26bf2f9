"""What sensing is made of."""

from .flights import Comparison, Flight
from .suspects import CalibrationCurve, Decision, PermittedFootprint, Suspect

__all__ = ["CalibrationCurve", "Comparison", "Decision", "Flight", "PermittedFootprint", "Suspect"]
