"""The figures of regulated objects: those of a re-verification round, and those of a period.

Each opens: a count and its records.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.indicators import squads, towns
from chengshu.kernel.indicators.declarations import Dimension, Indicator, Measure, Population, register
from chengshu.kernel.indicators.periods import Period
from chengshu.registry.models import FactRecord, ObjectClass, RegulatedObject, RoundItem, VerificationRound

Outcome = RoundItem.Outcome
CHECKED_OUTCOMES = (Outcome.UNCHANGED, Outcome.CORRECTED, Outcome.CLOSED, Outcome.NOT_FOUND)


def objects_checked(of_round: VerificationRound) -> QuerySet[RoundItem]:
    """核查数: objects of the frozen list with any outcome, whatever was found.

    Each object counts once per round however often its result was corrected; newly found objects do not
    count, nor does an object nobody has looked at. Unit: objects.
    """
    return RoundItem.objects.filter(round=of_round, outcome__in=CHECKED_OUTCOMES)


def objects_added(of_round: VerificationRound) -> QuerySet[RoundItem]:
    """新增数: objects found in the round that were not in the registry, entered with photo and position.

    Unit: objects.
    """
    return RoundItem.objects.filter(round=of_round, outcome=Outcome.ADDED)


def objects_open(of_round: VerificationRound) -> QuerySet[RoundItem]:
    """未核查数: objects of the frozen list without an outcome. Unit: objects."""
    return RoundItem.objects.filter(round=of_round, outcome="")


def _class_names(keys: Any) -> dict[str, str]:
    return {str(one.pk): one.label for one in ObjectClass.objects.filter(pk__in=[int(key) for key in keys])}


def _existing(rows: QuerySet[RegulatedObject], period: Period) -> QuerySet[RegulatedObject]:
    """Objects in business of which something was on record by the end of a period."""
    known = FactRecord.objects.filter(object=OuterRef("pk"), observed_on__lt=period.end)
    return rows.filter(Exists(known), status=RegulatedObject.Status.OPERATING)


OBJECTS = Population(
    code="registry.objects",
    label=_("Regulated objects"),
    rows=lambda: RegulatedObject.objects.all(),
    visible=lambda user: RegulatedObject.objects.visible_to(user),
    time=None,
    time_label=_("on record at the end of the period"),
    within=_existing,
    dimensions={
        "town": towns(),
        "squad": squads(),
        "class": Dimension("class", _("Class of object"), "object_class", _class_names),
    },
    permission="registry.view",
    title=str,
    link=lambda one: reverse("registry:object", args=[one.pk]),
)
CHECKED = Population(
    code="registry.round_items",
    label=_("Objects of re-verification rounds"),
    rows=lambda: RoundItem.objects.all(),
    visible=lambda user: RoundItem.objects.visible_to(user),
    time="done_at",
    time_label=_("time of the result"),
    moment="datetime",
    district="round__district",
    dimensions={"squad": squads(), "class": Dimension("class", _("Class of object"),
                                                      "object__object_class", _class_names)},
    permission="registry.view",
    title=lambda item: str(item.object),
    link=lambda item: reverse("registry:object", args=[item.object_id]),
    related=("object",),
)  # fmt: skip
register(
    Indicator(
        "objects_registered",
        _("Regulated objects"),
        _("objects in business on record at the end of the period"),
        "object",
        OBJECTS,
        owner="registry",
    ),
    Indicator(
        "object_classes",
        _("Classes of regulated objects"),
        _("different classes that have objects at the end of the period"),
        "class",
        OBJECTS,
        measure=Measure("distinct", "object_class"),
        owner="registry",
    ),
    Indicator(
        "shops_checked",
        _("Street shops re-verified"),
        _("shops on the list of a re-verification round with a result in the period"),
        "shop",
        CHECKED,
        Q(outcome__in=CHECKED_OUTCOMES, object__object_class__code="shop"),
        owner="registry",
    ),
    Indicator(
        "shops_added",
        _("Newly found objects"),
        _("objects that a re-verification round found and entered in the period"),
        "object",
        CHECKED,
        Q(outcome=Outcome.ADDED),
        owner="registry",
    ),
)
