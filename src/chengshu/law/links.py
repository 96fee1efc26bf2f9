"""Addresses at which a citation opens."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from chengshu.law.model import Citation


def article_url(citation: Citation, on: date) -> str:
    """The page of the article cited, as it stood on the day; of the instrument where no article is named."""
    arguments = [citation.instrument, citation.article] if citation.article else [citation.instrument]
    address = reverse("law:article" if citation.article else "law:instrument", args=arguments)
    return f"{address}?on={on}"
