"""Routes of beats, points, tags and check-ins."""

from __future__ import annotations

from django.urls import path

from chengshu.patrol.views import beats, checkins, points, requirements, tag_pages, tag_sheet

urlpatterns = [
    path("squad/", checkins.squad_room, name="squad_room"),
    path("checkins/", checkins.checkin_list, name="checkins"),
    path("attempts/", checkins.attempt_list, name="attempts"),
    path("beats/", beats.beat_list, name="beats"),
    path("beats/map.geojson", beats.beat_shapes, name="beat_shapes"),
    path("beats/new/", beats.beat_new, name="beat_new"),
    path("beats/<int:pk>/", beats.beat_page, name="beat"),
    path("beats/<int:pk>/change/", beats.beat_change, name="beat_change"),
    path("beats/<int:pk>/points/new/", points.point_new, name="point_new"),
    path("points/<int:pk>/", points.point_change, name="point"),
    path("points/<int:pk>/tags/", tag_pages.mount, name="tag_mount"),
    path("tags/", tag_pages.tag_list, name="tags"),
    path("tags/sheet/", tag_sheet.sheet, name="tag_sheet"),
    path("tags/<int:pk>/", tag_pages.tag_page, name="tag_page"),
    path("tags/<int:pk>/write/", tag_pages.write, name="tag_write"),
    path("tags/<int:pk>/out/", tag_pages.out, name="tag_out"),
    path("tags/<int:pk>/rewrite/", tag_pages.rewrite, name="tag_rewrite"),
    path("keys/", tag_pages.keys, name="tag_keys"),
    path("keys/<int:pk>/retire/", tag_pages.keys_retire, name="tag_keys_retire"),
    path("requirements/", requirements.requirement_list, name="requirements"),
    path("requirements/new/", requirements.requirement_new, name="requirement_new"),
    path("requirements/<int:pk>/", requirements.requirement_change, name="requirement"),
]
