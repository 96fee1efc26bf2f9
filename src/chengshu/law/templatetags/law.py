"""Tags for pages that cite provisions."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from chengshu.law.catalogue import catalogue
from chengshu.law.links import article_url
from chengshu.law.model import Citation
from chengshu.ui.templatetags.ui import badge

register = template.Library()


@register.simple_tag
def cited(citation: Citation, on: date) -> SafeString:
    """《title》 and article as a link that opens the article as it stood; marked where it is not verified."""
    link = format_html('<a href="{}">{}</a>', article_url(citation, on), catalogue().cite(citation))
    if citation.verified:
        return link
    return format_html("{} {}", link, badge(gettext("Not verified"), tone="warn"))
