"""Routes of statistics and map."""

from __future__ import annotations

from django.urls import path

from chengshu.leads.views import map as lead_map
from chengshu.leads.views import statistics

urlpatterns = [
    path("statistics/", statistics.statistics, name="statistics"),
    path("map/", lead_map.map_page, name="map"),
    path("map/data", lead_map.map_data, name="map_data"),
]
