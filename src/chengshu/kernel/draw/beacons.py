"""Public randomness beacons: when a round becomes known, so that none is named that is known already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from .problems import DrawProblem

DATA = Path(__file__).parent / "beacons.yaml"
ROUND_OF_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Beacon:
    """A beacon (`beacons.yaml`). ``genesis``: its first round, seconds since 1970; ``period``: seconds.

    ``by_time``: a round is named by its moment in UTC (``2027-01-05T02:00:00Z``), else by its running number.
    """

    code: str
    zh: str
    en: str
    genesis: int = 0
    period: int = 60
    by_time: bool = False

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.en if (get_language() or "").startswith("en") else self.zh

    def round_at(self, moment: datetime) -> str:
        """The name of the first round at or after a moment."""
        steps = max(0, -(-(int(moment.timestamp()) - self.genesis) // self.period))
        if not self.by_time:
            return str(steps + 1)
        return datetime.fromtimestamp(self.genesis + steps * self.period, UTC).strftime(ROUND_OF_TIME)

    def moment_of(self, name: str) -> datetime:
        """When a round becomes known. Raises `DrawProblem` if the beacon has no round of this name."""
        try:
            if self.by_time:
                moment = datetime.strptime(name, ROUND_OF_TIME).replace(tzinfo=UTC)
            elif name.isascii() and name.isdecimal() and int(name) >= 1:
                moment = datetime.fromtimestamp(self.genesis + (int(name) - 1) * self.period, UTC)
            else:
                raise ValueError(name)
        except (ValueError, OverflowError, OSError) as error:
            raise DrawProblem(_("The beacon has no round %(name)s."), name=name[:60]) from error
        if (int(moment.timestamp()) - self.genesis) % self.period:
            raise DrawProblem(_("The beacon has no round %(name)s."), name=name[:60])
        return moment


@cache
def beacons() -> dict[str, Beacon]:
    """The beacons whose rounds have a known moment, by code."""
    return {entry["code"]: Beacon(**entry) for entry in yaml.safe_load(DATA.read_text(encoding="utf-8"))}


def check_ahead(value: Mapping[str, Any], committed_at: datetime, where: str) -> None:
    """Refuse a round that is known at the commitment already, or not known yet when it is said to be due.

    ``value`` has the shape of a named public value; other kinds, and chains that are not in `beacons`, pass:
    nothing can be computed of them. Raises `DrawProblem`.
    """
    beacon = beacons().get(value["beacon"]) if value["kind"] == "beacon" else None
    if beacon is None:
        return
    moment = beacon.moment_of(value["round"])
    if moment <= committed_at:
        raise DrawProblem(
            _("%(where)s: round %(round)s of the beacon was known at %(moment)s already. Name a later one."),
            where=where,
            round=value["round"],
            moment=f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}",
        )
    if moment > datetime.fromisoformat(value["due_at"]):
        raise DrawProblem(
            _("%(where)s: round %(round)s of the beacon is not known before %(moment)s."),
            where=where,
            round=value["round"],
            moment=f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}",
        )
