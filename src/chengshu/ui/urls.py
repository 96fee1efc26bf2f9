"""Addresses of the component gallery."""

from __future__ import annotations

from django.urls import path

from chengshu.ui import views

app_name = "ui"
urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("progress", views.progress_sample, name="progress_sample"),
    path("map-sample", views.map_sample, name="map_sample"),
]
