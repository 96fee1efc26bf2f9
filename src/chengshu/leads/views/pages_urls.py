"""Routes of the desk pages: list, lead, new lead, reporters to inform."""

from __future__ import annotations

from django.urls import path

from chengshu.leads.views import informing, lead, lists, new

urlpatterns = [
    path("", lists.lead_list, name="list"),
    path("export/", lists.export, name="export"),
    path("filters/", lists.filter_save, name="filter_save"),
    path("filters/<int:pk>/delete/", lists.filter_delete, name="filter_delete"),
    path("new/", new.lead_new, name="new"),
    path("new/known/", new.lead_known, name="known"),
    path("informing/", informing.to_inform, name="informing"),
    path("informing/<int:pk>/", informing.informed, name="informed"),
    path("<int:pk>/", lead.lead_page, name="lead"),
    path("<int:pk>/do/<str:action>/", lead.act, name="act"),
    path("<int:pk>/photos/", lead.photo_add, name="photo_add"),
    path("<int:pk>/photos/<int:attachment>/", lead.photo, name="photo"),
]
