"""Tags of the bureau's pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from chengshu.bureau.roles import roles
from chengshu.kernel.privacy_masks import mask_phone
from chengshu.ui import formats
from chengshu.ui.templatetags.ui import badge

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: template.Context, permission: str) -> bool:
    """Whether the viewer holds a permission: ``{% may "bureau.units.manage" as may_edit %}``."""
    return bool(context["request"].user.may(permission))


@register.filter
def phone(value: Any) -> str:
    """A telephone number with its middle hidden."""
    return mask_phone(str(value)) if value else ""


@register.filter
def role_name(code: str) -> str:
    """The name of a role in the language of the page."""
    role = roles().get(code)
    return role.label if role else code


@register.filter
def times(count: int) -> range:
    """Something to loop over so many times."""
    return range(count)


@register.filter
def words(text: str) -> SafeString:
    """A heading with one word a line, so that a column stays narrow; Chinese has no spaces to break at."""
    return format_html_join(mark_safe("<br>"), "{}", ((word,) for word in str(text).split()))


@register.simple_tag
def certificate(number: str | None, until: date | None, today: date) -> SafeString:
    """A certificate's number with a mark where it has ended."""
    if not number or until is None:
        return SafeString(formats.NOTHING)
    if until < today:
        return format_html("<span>{} {}</span>", number, badge(_("expired"), "danger"))
    return format_html("<span>{}</span>", number)


@register.simple_tag
def validity(valid_from: date, valid_to: date, today: date) -> SafeString:
    """Whether something is in force today."""
    if today > valid_to:
        return badge(_("expired"), "danger")
    if today < valid_from:
        return badge(_("not yet valid"), "info")
    if (valid_to - today).days <= 30:
        return badge(_("ends soon"), "warn")
    return badge(_("valid"), "ok")
