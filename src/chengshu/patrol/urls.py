"""Routes of patrols; each part of the work brings its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

app_name = "patrol"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("chengshu.patrol.views.checkins_urls")),
    path("", include("chengshu.patrol.views.tracks_urls")),
    path("", include("chengshu.patrol.views.log_urls")),
]
