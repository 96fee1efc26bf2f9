"""Routes of leads; each part of the pages has its own module."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

app_name = "leads"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("chengshu.leads.views.pages_urls")),
]
