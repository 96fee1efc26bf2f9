"""The files in which a district's demo is planned, and what is called otherwise in an invented district.

An invented district of a city (`chengshu.demo.city`) follows the plans of the shipped one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

DATA = Path(__file__).parent / "data"


def is_shipped() -> bool:
    """Whether a demo of the district of the settings comes with the package."""
    return (DATA / settings.DEFAULT_DISTRICT / "people.yaml").exists()


@cache
def read(code: str, name: str) -> dict[str, Any]:
    """A file of a district's plan by its name: ``people``, ``objects``, ``leads``, ``cases`` …"""
    folder = DATA / code
    if not folder.exists():
        folder = DATA / settings.DEFAULT_DISTRICT
    plan: dict[str, Any] = yaml.safe_load((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    return plan


def is_invented(code: str) -> bool:
    """Whether the district has no plans of its own."""
    return code != settings.DEFAULT_DISTRICT and not (DATA / code).exists()


def number(code: str) -> int:
    """The number of an invented district in its city; 0 for the shipped one."""
    return int(code[-2:]) if is_invented(code) else 0


def unit_code(code: str, shipped: str) -> str:
    """The code in this district of a unit of the shipped one: ``PT-11`` is ``D02-11`` in the second."""
    if not is_invented(code):
        return shipped
    return "-".join([f"D{code[-2:]}", *shipped.split("-")[1:]])


def account(code: str, shipped: str) -> str:
    """The account in this district of somebody of the shipped one: ``clerk`` is ``clerk.02``."""
    return f"{shipped}.{code[-2:]}" if is_invented(code) else shipped
