"""Form widgets."""

from __future__ import annotations

from typing import Any

import pytest
from django.forms import Select
from django.utils.translation import gettext_lazy as _
from pytest_django.asserts import assertHTMLEqual

from chengshu.ui.widgets import PlainSelect

CHOICES = [("", _("All")), ("a", 'A & "B"'), (7, "<seven>")]


@pytest.mark.parametrize("value", [None, "", "a", 7, "7", "unknown"])
@pytest.mark.parametrize("attrs", [None, {"id": "filter_x", "disabled": True}])
def test_plain_select_writes_what_djangos_own_writes(value: Any, attrs: dict[str, Any] | None) -> None:
    own = PlainSelect(attrs={"class": "wide"}, choices=CHOICES).render("x", value, attrs)
    assertHTMLEqual(own, Select(attrs={"class": "wide"}, choices=CHOICES).render("x", value, attrs))
