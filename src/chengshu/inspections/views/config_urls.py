"""Routes of items and checklists."""

from django.urls import path

from chengshu.inspections.views import config_views as views

urlpatterns = [
    path("setup/items/", views.item_list, name="config_items"),
    path("setup/items/new/", views.item_new, name="config_item_new"),
    path("setup/items/<int:pk>/", views.item_edit, name="config_item"),
    path("setup/checklists/", views.checklist_list, name="config_checklists"),
    path("setup/checklists/new/", views.checklist_new, name="config_checklist_new"),
    path("setup/checklists/<int:pk>/", views.checklist, name="config_checklist"),
    path("setup/checklists/<int:pk>/change/", views.checklist_change, name="config_checklist_change"),
    path("setup/checklists/<int:pk>/upload/", views.checklist_upload, name="config_checklist_upload"),
    path("setup/checklists/<int:pk>/table/", views.checklist_table, name="config_checklist_table"),
]
