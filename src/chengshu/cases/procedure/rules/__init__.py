"""What the law asks of each step; importing the modules registers their rules."""

from . import (  # noqa: F401
    basis,
    contests,
    decision,
    hearing,
    investigation,
    measures,
    people,
    performing,
    served,
)
from .base import BY_KIND, RULES, Finding, Problem, Rule, Weight, rule

__all__ = ["BY_KIND", "RULES", "Finding", "Problem", "Rule", "Weight", "rule"]
