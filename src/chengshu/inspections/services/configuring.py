"""Changing the list of items and the checklists of a district; no change is lost, each says who and what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.inspections.models import Checklist, InspectionItem
from chengshu.inspections.signals import published
from chengshu.kernel import ledger
from chengshu.law.catalogue import catalogue as law
from chengshu.law.model import Citation
from chengshu.leads.models import LeadClass
from chengshu.registry.models import ObjectClass

from .base import InspectionProblem, require
from .catalogue import entries_digest
from .shipped import faults_of_basis, faults_of_entries

PERMISSION = "inspections.configure"
ENTRIES_MOST = 60
_ITEM_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*")
_CITED = re.compile(r"《([^《》]+)》([^《》；;]*)")
ITEM_FIELDS = ("title", "title_en", "object_classes", "basis", "method", "verified", "active")


def item_chain(item_id: int) -> str:
    """The ledger's chain of an item."""
    return f"inspections.item:{item_id}"


def checklist_chain(district: District, code: str) -> str:
    """The ledger's chain of all versions of a checklist."""
    return f"inspections.checklist:{district.code}:{code}"


@dataclass(frozen=True)
class ItemDraft:
    """What an item is made of; ``basis`` as `read_basis` gives it."""

    code: str
    title: str
    object_classes: Sequence[str]
    title_en: str = ""
    basis: Sequence[Mapping[str, Any]] = ()
    method: str = ""
    verified: bool = False
    active: bool = True


@transaction.atomic
def save_item(
    district: District, draft: ItemDraft, *, by: User, item: InspectionItem | None = None
) -> InspectionItem:
    """Add an item, or change one whose code stays. Raises `InspectionProblem`, PermissionDenied."""
    require(by, PERMISSION, district_id=district.pk)
    if item is None:
        if not _ITEM_CODE.fullmatch(draft.code) or len(draft.code) > 20:
            raise InspectionProblem(_("A code looks like SHOP-01."), "code")
        if InspectionItem.objects.filter(district=district, code=draft.code).exists():
            raise InspectionProblem(_("There is an item with this code already."), "code")
        current = InspectionItem(district=district, code=draft.code)
    else:
        current = InspectionItem.objects.select_for_update().get(pk=item.pk, district=district)
    before = {name: getattr(current, name) for name in ITEM_FIELDS} if item else {}
    values = {name: getattr(draft, name) for name in ITEM_FIELDS}
    values["title"], values["title_en"] = draft.title.strip()[:120], draft.title_en.strip()[:160]
    values["object_classes"] = _known_classes(district, draft.object_classes)
    values["basis"] = [dict(cited) for cited in draft.basis]
    if not values["title"]:
        raise InspectionProblem(_("Give the item a title."), "title")
    for fault in faults_of_basis(draft.code, values["basis"], None):
        raise InspectionProblem(fault, "basis")
    changed = {name: value for name, value in values.items() if before.get(name) != value}
    if not changed:
        return current
    for name, value in changed.items():
        setattr(current, name, value)
    current.save()
    published.send(InspectionItem, district_id=current.district_id)  # the portal lists the items
    payload = {"before": {name: before.get(name) for name in changed}, "after": changed}
    action = "item.changed" if item else "item.added"
    ledger.append(item_chain(current.pk), action, payload, actor=by.username)
    return current


def _known_classes(district: District, codes: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(codes))
    known = set(ObjectClass.objects.filter(district=district, code__in=wanted).values_list("code", flat=True))
    if not wanted or set(wanted) - known:
        raise InspectionProblem(_("Choose one class of objects at least."), "object_classes")
    return wanted


@dataclass(frozen=True)
class VersionDraft:
    """A new version of a checklist. ``entries`` as the model keeps them."""

    object_class: str
    title: str
    valid_from: date
    entries: Sequence[Mapping[str, Any]]
    title_en: str = ""
    note: str = ""


@transaction.atomic
def make_version(district: District, draft: VersionDraft, *, by: User) -> Checklist:
    """Make the next version of the checklist of a class; earlier versions stay as they are.

    It begins today or later, and not before the newest version: what was inspected stays answered.
    Raises `InspectionProblem`, PermissionDenied.
    """
    require(by, PERMISSION, district_id=district.pk)
    District.objects.select_for_update().only("pk").get(pk=district.pk)  # versions follow one another
    _known_classes(district, [draft.object_class])
    last = newest(district, draft.object_class)
    entries = [checked_entry(entry) for entry in draft.entries]
    _check(district, draft, entries, last)
    made = Checklist.objects.create(
        district=district,
        object_class=draft.object_class,
        code=last.code if last else draft.object_class,
        version=last.version + 1 if last else 1,
        title=draft.title.strip()[:120],
        title_en=draft.title_en.strip()[:160],
        valid_from=draft.valid_from,
        entries=entries,
        digest=entries_digest(entries),
        note=draft.note.strip()[:300],
        made_by=by,
    )
    payload = {
        "version": made.version,
        "valid_from": made.valid_from.isoformat(),
        "digest": made.digest,
        "note": made.note,
    }
    ledger.append(checklist_chain(district, made.code), "checklist.version", payload, actor=by.username)
    return made


def newest(district: District, object_class: str) -> Checklist | None:
    """The version of a class's checklist that was made last."""
    return Checklist.objects.filter(district=district, object_class=object_class).order_by("-version").first()


def _check(
    district: District, draft: VersionDraft, entries: Sequence[Mapping[str, Any]], last: Checklist | None
) -> None:
    if not draft.title.strip():
        raise InspectionProblem(_("Give the checklist a title."), "title")
    if not entries or len(entries) > ENTRIES_MOST:
        raise InspectionProblem(_("A checklist has 1 to %(n)d entries.") % {"n": ENTRIES_MOST}, "entries")
    if draft.valid_from < timezone.localdate():
        raise InspectionProblem(_("A new version begins today or later."), "valid_from")
    if last is not None and draft.valid_from < last.valid_from:
        raise InspectionProblem(
            _("A new version cannot begin before the newest one (%(day)s).") % {"day": last.valid_from},
            "valid_from",
        )
    if last is not None and last.digest == entries_digest(entries):
        raise InspectionProblem(_("The entries are the same as in the newest version."), "entries")
    lead_codes = LeadClass.objects.filter(district=district).values_list("code", flat=True)
    name = _("Entry")
    faults = faults_of_entries(name, entries, draft.valid_from, lead_codes)
    if faults:
        raise InspectionProblem(" ".join(faults), "entries")


def checked_entry(raw: Mapping[str, Any]) -> dict[str, Any]:
    """An entry in the form in which it is kept. Raises `InspectionProblem`."""
    entry = {
        "code": str(raw.get("code", "")).strip()[:40],
        "zh": str(raw.get("zh", "")).strip()[:200],
        "en": str(raw.get("en", "")).strip()[:200],
        "basis": [dict(cited) for cited in raw.get("basis", ())],
        "cause": str(raw.get("cause", "")).strip(),
        "lead_class": str(raw.get("lead_class", "")).strip(),
        "photo": bool(raw.get("photo")),
        "rectify_days": raw.get("rectify_days"),
    }
    if not entry["code"] or not entry["zh"]:
        raise InspectionProblem(_("Every entry needs a code and what is asked in Chinese."), "entries")
    days = entry["rectify_days"]
    if not isinstance(days, int) or not 1 <= days <= 365:
        raise InspectionProblem(
            _("Entry %(code)s: the days to rectify are a number from 1 to 365.") % {"code": entry["code"]},
            "entries",
        )
    return entry


# --- provisions in words -----------------------------------------------------------------------------
def basis_text(basis: Iterable[Mapping[str, Any]]) -> str:
    """Provisions as people write them: 《title》article, one after the other."""
    titles = {title.code: title.title for title in law().instruments}
    return "；".join(
        f"《{titles.get(cited['instrument'], cited['instrument'])}》{cited['article']}" for cited in basis
    )


def read_basis(text: str, known: Iterable[Mapping[str, Any]] = ()) -> list[dict[str, Any]]:
    """Provisions out of words; one that stands in ``known`` keeps whether it was checked.

    Raises `InspectionProblem` for words that name no instrument of the law data.
    """
    verified = {(cited["instrument"], cited["article"]): cited.get("verified", False) for cited in known}
    codes = {title.title: title.code for title in law().instruments} | {
        title.code: title.code for title in law().instruments
    }
    found = []
    for title, article in _CITED.findall(text):
        code = codes.get(title.strip())
        if code is None:
            raise InspectionProblem(
                _("The law data knows no instrument 《%(title)s》.") % {"title": title.strip()}, "basis"
            )
        place = article.strip(" 、，,。")
        found.append({"instrument": code, "article": place, "verified": verified.get((code, place), False)})
    if text.strip() and not found:
        raise InspectionProblem(_("Write provisions as 《title》 and the article."), "basis")
    return found


def cited(basis: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Provisions for a page: words, the citation to link, whether it was checked."""
    return [
        {
            "text": basis_text([one]),
            "citation": Citation(one["instrument"], one["article"]),
            "verified": one.get("verified", False),
        }
        for one in basis
    ]


# --- what changed ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Difference:
    """An entry in two versions; ``changed``: names of what differs."""

    kind: str
    code: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    changed: tuple[str, ...] = ()


def differences(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Entries added, removed and changed between two versions, in the order of the newer one."""
    old = {entry["code"]: entry for entry in before}
    new = {entry["code"]: entry for entry in after}
    found = []
    for code, entry in new.items():
        if code not in old:
            found.append(Difference("added", code, None, entry))
        elif changed := tuple(name for name in entry if entry[name] != old[code].get(name)):
            found.append(Difference("changed", code, old[code], entry, changed))
    found += [Difference("removed", code, entry, None) for code, entry in old.items() if code not in new]
    return found
