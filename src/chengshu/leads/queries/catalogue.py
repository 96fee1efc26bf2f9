"""The classes of leads kept in memory: what they are called and how they are grouped never changes by hand.

Only the shipped classes are added (`services.classes.load_classes`), at a start or with a new district;
limits, which people do change, are read where they are needed.
"""

from __future__ import annotations

from collections.abc import Collection

from chengshu.kernel.memory import Memory
from chengshu.leads.models import LeadClass


def _read() -> list[LeadClass]:
    return list(LeadClass.objects.all())


_memory = Memory("lead classes", _read)
_memory.follow(LeadClass)
forget = _memory.forget
forget_now_and_after_commit = _memory.forget_now_and_after_commit


def classes_in(districts: Collection[int]) -> list[LeadClass]:
    """Classes of some districts, in order, also those out of use."""
    return [kind for kind in _memory.get() if kind.district_id in districts]


def ids_of_major(major: str) -> set[int]:
    """The classes of a major class (its Chinese name)."""
    return {kind.pk for kind in _memory.get() if kind.major_zh == major}
