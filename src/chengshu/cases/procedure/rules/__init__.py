"""What the law asks of each step; importing the modules registers their rules."""

from . import basis, contests, decision, hearing, investigation, measures, people, performing  # noqa: F401
from .base import BY_KIND, RULES, Finding, Problem, Rule, Weight, rule

__all__ = ["BY_KIND", "RULES", "Finding", "Problem", "Rule", "Weight", "rule"]
