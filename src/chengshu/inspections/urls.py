"""Routes of inspections; each part of the work brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "inspections"
urlpatterns: list[URLPattern | URLResolver] = []
