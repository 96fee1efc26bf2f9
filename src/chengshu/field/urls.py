"""Routes of the officer's app; each part of the work brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

app_name = "field"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("chengshu.field.views.law_urls")),
]
