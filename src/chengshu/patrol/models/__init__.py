"""What patrols are made of."""

from .beats import Beat, BeatPoint, Requirement
from .checkins import CheckIn, TagAttempt
from .logs import DutyLog, DutyLogCorrection, Equipment, EquipmentUse
from .tags import Tag, TagKeySet

__all__ = [
    "Beat",
    "BeatPoint",
    "CheckIn",
    "DutyLog",
    "DutyLogCorrection",
    "Equipment",
    "EquipmentUse",
    "Requirement",
    "Tag",
    "TagAttempt",
    "TagKeySet",
]
