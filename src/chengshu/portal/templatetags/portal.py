"""Tags for public pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString

from chengshu.portal.navigation import PublicLink
from chengshu.portal.pages import Frame, frame_of

register = template.Library()


@register.simple_tag(takes_context=True)
def portal_frame(context: template.Context) -> Frame:
    """The frame of this page: made by `public_page`, or looked up for a page of another app."""
    held: Frame | None = getattr(context.get("request"), "frame", None)
    return held or frame_of()


@register.simple_tag(takes_context=True)
def portal_links(context: template.Context) -> list[PublicLink]:
    """The navigation, the entry of this page marked."""
    request: Any = context.get("request")
    frame: Frame = context["frame"]
    return frame.links(request.path if request is not None else "")


@register.simple_tag
def yuan(amount: Decimal) -> SafeString:
    """An amount of money without needless zeros: ``1,200`` or ``12.50``."""
    places = 0 if amount == amount.to_integral_value() else 2
    return format_html(
        '<span class="num">{}</span>', formats.number_format(amount, places, force_grouping=True)
    )
