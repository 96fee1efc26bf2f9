"""What can happen to a case. Every surface calls these; nothing else writes."""

from .leading import from_lead
from .opening import open_case
from .simple import SimpleCase, decide_on_the_spot
from .steps import StepRefused, may_take, take_step

__all__ = [
    "SimpleCase",
    "StepRefused",
    "decide_on_the_spot",
    "from_lead",
    "may_take",
    "open_case",
    "take_step",
]
