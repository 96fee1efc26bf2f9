"""The definitions as they were last released: a changed one needs a new version.

``chengshu report definitions`` writes ``definitions.yaml`` anew; it refuses a definition whose
fingerprint is another while its version is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from chengshu.kernel.indicators.declarations import all_declared
from chengshu.kernel.indicators.fingerprints import fingerprint

FILE = Path(__file__).parent / "definitions.yaml"
HEAD = """\
# Version and fingerprint of every definition of a figure, as released. Not edited by hand: raise the version
# in the declaration, then run  chengshu report definitions
"""
Lines = Mapping[str, Mapping[str, Any]]


class SilentChange(ValueError):
    """Definitions changed without a new version; their ids."""


def released() -> Lines:
    """What the file says: version and fingerprint by id."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8")) or {} if FILE.exists() else {}


def declared_now() -> dict[str, dict[str, Any]]:
    """The same of what is declared."""
    return {one.id: {"version": one.version, "fingerprint": fingerprint(one)} for one in all_declared()}


def changed_silently(before: Lines, now: Lines) -> list[str]:
    """Ids whose definition is another while the version is the same, or whose version went back."""
    return sorted(
        id_
        for id_, line in now.items()
        if (known := before.get(id_)) is not None
        and (
            line["version"] < known["version"]
            or (line["version"] == known["version"] and line["fingerprint"] != known["fingerprint"])
        )
    )


def release() -> int:
    """Write the file anew; how many definitions it holds. Raises `SilentChange`."""
    now = declared_now()
    if silent := changed_silently(released(), now):
        raise SilentChange(", ".join(silent))
    FILE.write_text(HEAD + yaml.safe_dump(now, sort_keys=True), encoding="utf-8")
    return len(now)
