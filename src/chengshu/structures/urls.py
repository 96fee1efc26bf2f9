"""Addresses under /structures/."""

from django.urls import URLPattern

app_name = "structures"
urlpatterns: list[URLPattern] = []
