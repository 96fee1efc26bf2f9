"""Routes of re-verification rounds."""

from django.urls import path

from chengshu.registry.views import round_work, rounds

urlpatterns = [
    path("rounds/", rounds.round_list, name="rounds"),
    path("rounds/new", rounds.round_new, name="round_new"),
    path("rounds/<int:pk>/", rounds.round_page, name="round"),
    path("rounds/<int:pk>/open", rounds.round_open, name="round_open"),
    path("rounds/<int:pk>/close", rounds.round_close, name="round_close"),
    path("rounds/<int:pk>/items", rounds.round_items, name="round_items"),
    path("rounds/<int:pk>/assign", rounds.round_assign, name="round_assign"),
    path("rounds/<int:pk>/export.xlsx", rounds.round_export, name="round_export"),
    path("rounds/<int:pk>/map.json", rounds.round_map, name="round_map"),
    path("rounds/<int:pk>/next", round_work.round_next, name="round_next"),
    path("rounds/<int:pk>/found", round_work.round_found, name="round_found"),
    path("rounds/items/<int:pk>/", round_work.round_item, name="round_item"),
    path("rounds/items/<int:pk>/report", round_work.round_report, name="round_report"),
    path("rounds/items/<int:pk>/correct", round_work.round_correct, name="round_correct"),
    path("rounds/results/<int:pk>/photo", round_work.round_photo, name="round_photo"),
]
