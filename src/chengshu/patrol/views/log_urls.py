"""Routes of duty logs, their figures, equipment."""

from __future__ import annotations

from django.urls import path

from chengshu.patrol.views import equipment, log_figures, logs

urlpatterns = [
    path("logs/", logs.log_list, name="logs"),
    path("logs/mine/", logs.mine, name="log_mine"),
    path("logs/confirm/", logs.confirming, name="log_confirming"),
    path("logs/figures/", log_figures.validity, name="validity"),
    path("logs/<int:pk>/", logs.log_page, name="log"),
    path("logs/<int:pk>/sign/", logs.log_sign, name="log_sign"),
    path("logs/<int:pk>/confirm/", logs.log_confirm, name="log_confirm"),
    path("logs/<int:pk>/correct/", logs.log_correct, name="log_correct"),
    path("equipment/", equipment.equipment_list, name="equipment"),
    path("equipment/new/", equipment.equipment_new, name="equipment_new"),
    path("equipment/<int:pk>/", equipment.equipment_page, name="equipment_page"),
    path("equipment/<int:pk>/change/", equipment.equipment_change, name="equipment_change"),
    path("equipment/<int:pk>/use/", equipment.equipment_use, name="equipment_use"),
]
