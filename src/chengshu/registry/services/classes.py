"""The classes a bureau starts with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from chengshu.bureau.models import District
from chengshu.registry.models import AttributeDefinition, ObjectClass

DATA = Path(__file__).resolve().parent.parent / "data" / "classes.yaml"


@lru_cache(maxsize=1)
def default_classes() -> Mapping[str, Mapping[str, Any]]:
    """The shipped classes by code, in the order in which pages show them."""
    data: Mapping[str, Mapping[str, Any]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return data


@transaction.atomic
def load_classes(district: District) -> list[ObjectClass]:
    """Give the district the shipped classes and attributes it lacks.

    What the bureau has renamed, reordered or switched off stays as it is, so that this may run at every
    start. Returns the shipped classes in order.
    """
    loaded = []
    for order, (code, data) in enumerate(default_classes().items(), start=1):
        object_class, _made = ObjectClass.objects.get_or_create(
            district=district,
            code=code,
            defaults={
                "label_zh": data["zh"],
                "label_en": data["en"],
                "colour": data["colour"],
                "order": order * 10,
            },
        )
        _load_attributes(object_class, data["attributes"])
        loaded.append(object_class)
    return loaded


def _load_attributes(object_class: ObjectClass, attributes: Mapping[str, Mapping[str, Any]]) -> None:
    present = set(object_class.attributes.values_list("key", flat=True))
    AttributeDefinition.objects.bulk_create(
        AttributeDefinition(
            object_class=object_class,
            key=key,
            label_zh=data["zh"],
            label_en=data["en"],
            kind=data["kind"],
            unit=data.get("unit", ""),
            choices=data.get("choices", []),
            required=data.get("required", False),
            personal=data.get("personal", False),
            aliases=data.get("aliases", []),
            order=order * 10,
        )
        for order, (key, data) in enumerate(attributes.items(), start=1)
        if key not in present
    )
