"""A bureau sets up its own classes and attributes, without code and without losing a value."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from chengshu.bureau.models import District, Unit
from chengshu.kernel.models import LedgerEntry
from chengshu.registry.models import AttributeDefinition, ObjectClass
from chengshu.registry.services import setup
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "chengshu.bureau.backends.BureauBackend"
NEW = {
    "label_zh": "招牌面积", "label_en": "", "key": "sign_area", "kind": "decimal", "unit": "平方米",
    "choices": "", "aliases": "店招面积\n招牌大小", "order": "200",
}  # fmt: skip


@pytest.fixture
def clerk(district: District, client: Client) -> Client:
    client.force_login(factories.make_user("registry_clerk"), BACKEND)
    return client


@pytest.fixture
def shop(district: District) -> ObjectClass:
    return factories.object_class(district)


def add(client: Client, to: ObjectClass, **changes: str) -> AttributeDefinition:
    answer = client.post(reverse("registry:attribute_new", args=[to.pk]), {**NEW, **changes})
    assert answer.status_code == 302, answer.context["form"].errors
    return AttributeDefinition.objects.get(object_class=to, key={**NEW, **changes}["key"])


def change(client: Client, item: AttributeDefinition, **changes: str) -> dict[str, list[str]]:
    """Send the attribute's form with changes; the errors it came back with."""
    url = reverse("registry:attribute", args=[item.object_class_id, item.pk])
    form = client.get(url).context["form"]
    values = {b.name: b.value() for b in form if b.value() not in (None, False)} | changes
    values = {k: "\n".join(v) if isinstance(v, list) else v for k, v in values.items()}
    answer = client.post(url, {k: v for k, v in values.items() if v != "off"})
    return dict(answer.context["form"].errors) if answer.status_code == 200 else {}


def test_new_attribute_is_in_form_and_file(clerk: Client, shop: ObjectClass, district: District) -> None:
    item = add(clerk, shop)
    assert item.aliases == ["店招面积", "招牌大小"]
    form = clerk.get(reverse("registry:object_new"), {"class": "shop"}).content.decode()
    assert "招牌面积 (平方米)" in form
    obj = factories.make_object(district, **{"attributes.sign_area": "3.5平方米"})
    assert "3.5 平方米" in clerk.get(reverse("registry:object", args=[obj.pk])).content.decode()


def test_new_class(clerk: Client, district: District) -> None:
    form = {"label_zh": "早夜市", "label_en": "Market", "code": "market", "colour": "#123456", "order": "80"}
    assert clerk.post(reverse("registry:class_new"), form).status_code == 302
    made = ObjectClass.objects.get(code="market")
    assert made.district == district and made.active
    assert "早夜市" in clerk.get(reverse("registry:list")).content.decode()
    again = clerk.post(reverse("registry:class_new"), form)
    assert again.status_code == 200 and "code" in again.context["form"].errors
    for bad in ({"code": "Market 1"}, {"code": "m2", "colour": "red"}):
        answer = clerk.post(reverse("registry:class_new"), form | bad)
        assert answer.status_code == 200 and answer.context["form"].errors


def test_key_stays_once_used(clerk: Client, shop: ObjectClass, district: District) -> None:
    item = add(clerk, shop)
    assert change(clerk, item, key="board_area") == {}
    item.refresh_from_db()
    factories.make_object(district, **{"attributes.board_area": "2"})
    assert "key" in change(clerk, item, key="sign_area")
    assert "key" in change(clerk, item, key="trade")  # another attribute has it


def test_type_changes_only_if_every_value_fits(clerk: Client, shop: ObjectClass, district: District) -> None:
    item = add(clerk, shop, kind="text")
    first = factories.make_object(district, **{"attributes.sign_area": "12"})
    second = factories.make_object(district, **{"attributes.sign_area": "很大"})
    errors = change(clerk, item, kind="integer")
    assert "很大" in str(errors["kind"])
    item.refresh_from_db()
    assert item.kind == "text"
    from chengshu.registry.models import FactRecord
    from chengshu.registry.services.objects import Provenance, change_object

    change_object(
        second,
        {"attributes.sign_area": "7"},
        Provenance(FactRecord.Source.CLERK, factories.date(2020, 11, 3)),
        None,
    )
    assert change(clerk, item, kind="integer") == {}
    first.refresh_from_db()
    assert first.attributes["sign_area"] == 12
    assert change(clerk, item, kind="text") == {}
    first.refresh_from_db()
    assert first.attributes["sign_area"] == "12"


def test_a_choice_in_use_cannot_go(clerk: Client, shop: ObjectClass, district: District) -> None:
    factories.make_object(district, **{"attributes.trade": "餐饮"})
    item = AttributeDefinition.objects.get(object_class=shop, key="trade")
    assert change(clerk, item, choices="零售\n服务") != {}
    assert change(clerk, item, choices="餐饮\n零售") == {}
    assert "choices" in change(clerk, item, choices="")


def test_retired_attribute_leaves_the_form_but_not_the_file(
    clerk: Client, shop: ObjectClass, district: District
) -> None:
    item = add(clerk, shop)
    obj = factories.make_object(district, **{"attributes.sign_area": "3.5"})
    assert change(clerk, item, active="off") == {}
    assert "招牌面积" not in clerk.get(reverse("registry:object_edit", args=[obj.pk])).content.decode()
    assert "3.5 平方米" in clerk.get(reverse("registry:object", args=[obj.pk])).content.decode()


def test_order(clerk: Client, shop: ObjectClass) -> None:
    keys = [a.key for a in shop.attributes.all()]
    clerk.post(reverse("registry:attribute_order", args=[shop.pk]), {"key": keys[1], "to": "up"})
    assert [a.key for a in shop.attributes.all()][:2] == [keys[1], keys[0]]
    clerk.post(reverse("registry:attribute_order", args=[shop.pk]), {"key": keys[1], "to": "up"})
    assert shop.attributes.all()[0].key == keys[1]


def test_only_the_own_district(clerk: Client, shop: ObjectClass) -> None:
    other = factories.object_class(factories.make_other_district())
    assert clerk.get(reverse("registry:class", args=[other.pk])).status_code == 404
    assert clerk.get(reverse("registry:attribute_new", args=[other.pk])).status_code == 404
    clerk.force_login(factories.make_user("officer"), BACKEND)
    assert clerk.get(reverse("registry:classes")).status_code == 403


def test_every_change_stands_in_the_ledger(clerk: Client, shop: ObjectClass) -> None:
    item = add(clerk, shop)
    assert change(clerk, item, personal="on") == {}
    clerk.post(reverse("registry:attribute_order", args=[shop.pk]), {"key": item.key, "to": "up"})
    entries = list(LedgerEntry.objects.filter(chain=setup.chain(shop.pk)).order_by("seq"))
    assert [e.action for e in entries] == ["attribute.changed", "attribute.changed", "class.changed"]
    new, masked, _order = (e.payload for e in entries)
    assert (new["before"], new["after"]["key"]) == (None, "sign_area")
    assert (masked["before"]["personal"], masked["after"]["personal"]) == (False, True)
    assert entries[0].actor.startswith("registry_clerk")


def test_who_answers_for_a_squad_changes_no_class_of_the_district(
    district: District, client: Client, shop: ObjectClass
) -> None:
    holder = factories.make_user("registry_clerk", factories.unit(district, Unit.Kind.SQUAD, "桃浦镇"))
    client.force_login(holder, BACKEND)
    assert client.get(reverse("registry:class", args=[shop.pk])).status_code == 404
    assert client.post(reverse("registry:attribute_new", args=[shop.pk]), NEW).status_code == 404
    for act in (
        lambda: setup.save_class(shop, district, holder),
        lambda: setup.save_attribute(shop, {"key": "x", "label_zh": "某"}, None, holder),
        lambda: setup.reorder(shop, [], holder),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert not LedgerEntry.objects.filter(chain=setup.chain(shop.pk)).exists()
