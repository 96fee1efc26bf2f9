"""Routes of inspections; each part of the work brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

app_name = "inspections"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("chengshu.inspections.views.work_urls")),
    path("", include("chengshu.inspections.views.planning_urls")),
    path("", include("chengshu.inspections.views.publishing_urls")),
    path("", include("chengshu.inspections.views.config_urls")),
    path("", include("chengshu.inspections.views.exchange_urls")),
    path("", include("chengshu.inspections.views.credit_urls")),
]
