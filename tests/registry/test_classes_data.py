"""The classes a bureau starts with."""

from __future__ import annotations

import pytest

from chengshu.registry.importing.columns import column_key
from chengshu.registry.models import AttributeDefinition, ObjectClass
from chengshu.registry.services.classes import default_classes, load_classes
from tests import factories

SEVEN = ["compound", "shop", "agency", "site", "restaurant", "billboard", "hauler"]


def test_the_shipped_classes_are_complete_and_sound() -> None:
    assert list(default_classes()) == SEVEN
    for code, data in default_classes().items():
        names: dict[str, str] = {}
        for key, attribute in data["attributes"].items():
            assert attribute["kind"] in AttributeDefinition.Kind.values, (code, key)
            assert attribute["zh"] and attribute["en"], (code, key)
            assert bool(attribute.get("choices")) == attribute["kind"].startswith("choice"), (code, key)
            for name in [attribute["zh"], *attribute.get("aliases", [])]:
                assert names.setdefault(column_key(name), key) == key, (code, name)


@pytest.mark.django_db
def test_loading_twice_changes_nothing_and_keeps_what_a_bureau_has_changed() -> None:
    district = factories.make_district()
    counts = ObjectClass.objects.count(), AttributeDefinition.objects.count()
    assert counts[0] == len(SEVEN)
    ObjectClass.objects.filter(code="shop").update(label_zh="沿街店铺", active=False)
    AttributeDefinition.objects.filter(key="trade").update(label_zh="业态")
    assert [item.code for item in load_classes(district)] == SEVEN
    assert (ObjectClass.objects.count(), AttributeDefinition.objects.count()) == counts
    assert ObjectClass.objects.get(code="shop").label_zh == "沿街店铺"
    assert AttributeDefinition.objects.get(object_class__code="shop", key="trade").label_zh == "业态"
