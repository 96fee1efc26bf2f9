"""Which of the eight results the answers of a checklist lead to: a proposal, the officer decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chengshu.inspections.lifecycle import PROBLEM, Result
from chengshu.inspections.settings import work


def result_of(entry: Mapping[str, Any]) -> Result:
    """What a problem at this entry leads to: its own result where the checklist names one."""
    named = entry.get("result")
    return Result(named) if named in {int(code) for code in PROBLEM} else Result(work().problem)


def proposed(entries: Iterable[Mapping[str, Any]], found: Mapping[str, str]) -> Result | None:
    """The gravest result that the answers (code → yes, no, not_applicable) lead to.

    None while an entry is not answered yet.
    """
    listed = list(entries)
    if any(not found.get(str(entry["code"])) for entry in listed):
        return None
    results = {result_of(entry) for entry in listed if found[str(entry["code"])] == "yes"}
    if not results:
        return Result.NOTHING_FOUND
    return next((Result(code) for code in work().gravest_first if code in results), Result(work().problem))
