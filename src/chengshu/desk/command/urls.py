"""Routes of the command centre and the squads' rooms."""

from __future__ import annotations

from django.urls import path

from chengshu.desk.command import track, views

app_name = "command"

urlpatterns = [
    path("", views.room_page, name="room"),
    path("squad/<str:code>/", views.squad_page, name="squad"),
    path("state", views.state, name="state"),
    path("replay", views.replay_data, name="replay"),
    path("officer/<int:pk>/track", track.officer_track, name="track"),
    path("log", views.log_page, name="log"),
    path("log/panel", views.log_panel, name="panel"),
    path("log/remark", views.remark, name="remark"),
    path("lead/<int:pk>/", views.detail, name="detail"),
    path("lead/<int:pk>/offers", views.offers, name="offers"),
    path("lead/<int:pk>/act", views.act, name="act"),
]
