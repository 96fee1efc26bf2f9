"""The rail shows what a person may open, and where they are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser

from chengshu.ui import navigation
from chengshu.ui.navigation import NavItem
from tests.ui.people import Viewer


@pytest.fixture(autouse=True)
def _only_ours(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "_groups", dict(navigation._groups))
    return


def item(code: str, **changes: object) -> NavItem:
    values: dict[str, object] = {
        "code": code,
        "label": code,
        "url_name": "ui:gallery",
        "permission": f"{code}.view",
        "group": "system",
    }
    return NavItem(**{**values, **changes})  # type: ignore[arg-type]


def codes(viewer: object, path: str = "") -> list[str]:
    return [link.item.code for group in navigation.visible(viewer, path) for link in group.links]  # type: ignore[arg-type]


def test_only_what_the_viewer_may_open() -> None:
    navigation.register(item("people"))
    navigation.register(item("objects"))
    navigation.register(item("help", permission=""))
    assert codes(Viewer(frozenset({"objects.view"}))) == ["help", "objects"]


def test_nothing_for_somebody_signed_out() -> None:
    navigation.register(item("help", permission=""))
    assert codes(AnonymousUser()) == []
    assert codes(None) == []


def test_groups_and_order() -> None:
    navigation.register(item("late", permission="", group="system", order=1))
    navigation.register(item("second", permission="", group="work", order=20))
    navigation.register(item("first", permission="", group="work", order=10))
    assert codes(Viewer()) == ["first", "second", "late"]


def test_a_domain_adds_its_own_group() -> None:
    navigation.register_group("cases", "Cases", 40)
    navigation.register(item("cases", permission="", group="cases"))
    assert [group.label for group in navigation.visible(Viewer())] == ["Cases"]


def test_the_longest_prefix_is_current() -> None:
    navigation.register(item("wide", permission="", prefix="/registry/"))
    navigation.register(item("narrow", permission="", prefix="/registry/rounds/"))

    def current(path: str) -> list[str]:
        return [
            link.item.code for g in navigation.visible(Viewer(), path) for link in g.links if link.current
        ]

    assert current("/registry/rounds/7") == ["narrow"]
    assert current("/registry/objects") == ["wide"]
    assert current("/registryx/") == []


def test_an_address_that_does_not_resolve_is_left_out() -> None:
    navigation.register(item("gone", permission="", url_name="nowhere:at_all"))
    assert codes(Viewer()) == []


def test_a_shortcut_opens_one_thing_only() -> None:
    navigation.register(item("rounds", shortcut="r"))
    navigation.register(item("rounds", shortcut="r"))
    with pytest.raises(ValueError, match="already opens rounds"):
        navigation.register(item("registry", shortcut="r"))


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown navigation group"):
        navigation.register(item("lost", group="nowhere"))
