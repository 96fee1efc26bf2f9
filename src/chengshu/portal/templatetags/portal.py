"""Tags for public pages."""

from __future__ import annotations

from typing import Any

from django import template

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


@register.simple_tag(takes_context=True)
def own_address(context: template.Context) -> str:
    """The address of this page with the parameters that it knows: the switch of language comes back to it."""
    request: Any = context.get("request")
    if request is None:
        return ""
    query = request.GET.urlencode()
    return f"{request.path}?{query}" if query else str(request.path)
