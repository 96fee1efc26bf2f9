"""Routes of what the simple procedure needs without a network."""

from __future__ import annotations

from django.urls import path

from chengshu.field.views import blocks, law

urlpatterns = [
    path("api/law", law.law, name="law"),
    path("api/blocks", blocks.blocks, name="blocks"),
]
