"""Whole case files for tests: written through the services, with evidence that is really kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Any

from PIL import Image

from chengshu.bureau.models import District, Town, Unit
from chengshu.cases.lawful import Plan, general_file, simple_file
from chengshu.cases.models import Case, EvidenceItem
from chengshu.cases.procedure.steps import OfficerAt, Step, StepKind
from chengshu.cases.services.bulk import WholeFile, write_files
from chengshu.kernel.files import store

CAUSE = "appearance.beyond-shopfront"
OFFICERS = (
    OfficerAt("zhang", "张三", "沪A001", date(2030, 1, 1), date(2015, 1, 1)),
    OfficerAt("li", "李四", "沪A002", date(2030, 1, 1), date(2015, 1, 1)),
)


def picture(colour: int) -> bytes:
    """A small photograph, different for each colour."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (colour % 256, 90, 120)).save(out, "PNG")
    return out.getvalue()


def plan(number: int = 1, fine: int = 200, **changes: Any) -> Plan:
    """A shop that trades beyond its front."""
    party = {"key": "1", "kind": "person", "name": "王小明", "id_number": "", "outcome": _penalty(fine)}
    return Plan(
        CAUSE,
        changes.pop("parties", [party]),
        changes.pop("act_on", date(2021, 3, 8)),
        OFFICERS,
        summary="跨门经营，占道约2平方米",
        ordinal=number,
        **changes,
    )


def _penalty(fine: int) -> dict[str, Any]:
    return {"type": "penalty", "fine": fine}


def with_pictures(steps: list[Step], first: int = 1) -> list[Step]:
    """The steps, each item of evidence a real picture."""
    made, number = [], first
    for step in steps:
        if step.kind is StepKind.ADD_EVIDENCE:
            digest = sha256(picture(number)).hexdigest()
            step = replace(step, data={**step.data, "sha256": digest, "title": f"照片{number}"})
            number += 1
        made.append(step)
    return made


def make_file(district: District, number: int = 1, *, simple: bool = False, **changes: Any) -> Case:
    """A case from lead to archive with its evidence kept."""
    given = plan(number, **changes)
    steps = with_pictures((simple_file if simple else general_file)(given))
    town = Town.objects.filter(district=district, name="长寿路街道").first()
    squad = Unit.objects.filter(district=district, kind=Unit.Kind.SQUAD).first()
    whole = WholeFile(steps, squad=squad, town=town, number=f"普城管立〔2021〕第{number:06d}号")
    (case,) = write_files(district, [whole], by=None)
    items = [step for step in steps if step.kind is StepKind.ADD_EVIDENCE]
    for seq, step in enumerate(items, 1):
        kept = store(io.BytesIO(picture(seq)), name=f"现场照片{seq}.png", kind="photo")
        EvidenceItem.objects.create(
            case=case,
            seq=seq,
            type=step.data["type"],
            title=step.data["title"],
            file=kept,
            sha256=kept.sha256,
        )
    return case


def rewritten(file: bytes, change: Mapping[str, Callable[[bytes], bytes | None]]) -> io.BytesIO:
    """A copy of a zip with some of its entries changed, or left out where the change gives None."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            content: bytes | None = source.read(info)
            if info.filename in change and content is not None:
                content = change[info.filename](content)
            if content is not None:
                target.writestr(info.filename, content)
    out.seek(0)
    return out
