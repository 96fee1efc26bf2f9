"""Routes of coverage and tracks."""

from __future__ import annotations

from django.urls import path

from chengshu.patrol.views import coverage_views, track_views

urlpatterns = [
    path("coverage/", coverage_views.heat, name="coverage"),
    path("frequency/", coverage_views.frequency, name="frequency"),
    path("gaps/", coverage_views.gaps, name="gaps"),
    path("gaps/export", coverage_views.gaps_export, name="gaps_export"),
    path("tracks/", track_views.track_list, name="tracks"),
    path("tracks/<int:pk>/<str:day>/", track_views.track, name="track"),
    path("positions/", track_views.my_positions, name="my_positions"),
    path("positions/<str:day>/", track_views.own_track, name="own_track"),
]
