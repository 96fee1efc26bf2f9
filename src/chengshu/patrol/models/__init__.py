"""What patrols are made of."""

from .beats import Beat, BeatPoint, Requirement
from .checkins import CheckIn, TagAttempt
from .coverage import BeatDay, BeatMonth, StaleBeat
from .logs import DutyLog, DutyLogCorrection, Equipment, EquipmentUse
from .tags import Tag, TagKeySet
from .tracks import Position, PositionSource, Track, TrackLook

__all__ = [
    "Beat",
    "BeatDay",
    "BeatMonth",
    "BeatPoint",
    "CheckIn",
    "DutyLog",
    "DutyLogCorrection",
    "Equipment",
    "EquipmentUse",
    "Position",
    "PositionSource",
    "Requirement",
    "StaleBeat",
    "Tag",
    "TagAttempt",
    "TagKeySet",
    "Track",
    "TrackLook",
]
