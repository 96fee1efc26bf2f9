"""What sensing is made of."""

from .flights import Comparison, Flight
from .suspects import Decision, PermittedFootprint, ScoreModel, Suspect

__all__ = ["Comparison", "Decision", "Flight", "PermittedFootprint", "ScoreModel", "Suspect"]
