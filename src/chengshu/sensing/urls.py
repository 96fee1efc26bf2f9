"""Addresses under /sensing/."""

from __future__ import annotations

from django.urls import URLPattern, path

from chengshu.sensing.views import comparisons, flights, permits, queue, suspects

app_name = "sensing"
urlpatterns: list[URLPattern] = [
    path("flights/", flights.flight_list, name="flights"),
    path("flights/new/", flights.flight_new, name="flight_new"),
    path("flights/<int:pk>/", flights.flight_page, name="flight"),
    path("flights/<int:pk>/state/", flights.flight_state, name="flight_state"),
    path("flights/<int:pk>/act/<slug:action>/", flights.flight_act, name="flight_act"),
    path("flights/<int:pk>/tiles/<int:z>/<int:x>/<int:y>.webp", flights.tile, name="tile"),
    path("comparisons/", comparisons.comparison_list, name="comparisons"),
    path("comparisons/new/", comparisons.comparison_new, name="comparison_new"),
    path("comparisons/<int:pk>/", comparisons.comparison_page, name="comparison"),
    path("comparisons/<int:pk>/state/", comparisons.comparison_state, name="comparison_state"),
    path("comparisons/<int:pk>/act/<slug:action>/", comparisons.comparison_act, name="comparison_act"),
    path("comparisons/<int:pk>/suspects.geojson", comparisons.comparison_shapes, name="shapes"),
    path("comparisons/<int:pk>/profile.json", comparisons.comparison_profile, name="profile"),
    path("suspects/", suspects.suspect_list, name="suspects"),
    path("suspects/export/", suspects.suspect_export, name="export"),
    path("suspects/send/", suspects.suspects_send, name="send"),
    path("suspects/scores/", suspects.scores_anew, name="scores"),
    path("suspects/<int:pk>/", suspects.suspect_page, name="suspect"),
    path("suspects/<int:pk>/act/<slug:action>/", suspects.suspect_act, name="suspect_act"),
    path("queue/", queue.queue_page, name="queue"),
    path("second/", queue.second_page, name="second"),
    path("queue/<slug:mode>/next.json", queue.queue_next, name="queue_next"),
    path("queue/<slug:mode>/<int:pk>/decide.json", queue.queue_decide, name="queue_decide"),
    path("queue/undo/<int:pk>/", queue.queue_undo, name="queue_undo"),
    path("permits/", permits.permit_list, name="permits"),
    path("permits/<int:pk>/switch/", permits.permit_switch, name="permit_switch"),
]
