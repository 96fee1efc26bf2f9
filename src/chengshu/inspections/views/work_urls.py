"""Routes of the officers' work: list, inspection, forms on site, inspections outside the draw."""

from __future__ import annotations

from django.urls import path

from chengshu.inspections.views import work, work_arrange, work_page, work_report

urlpatterns = [
    path("work/", work.work_list, name="work"),
    path("work/export/", work.work_export, name="work_export"),
    path("work/new/", work_arrange.arrange, name="arrange"),
    path("work/<int:pk>/", work_page.inspection_page, name="inspection"),
    path("work/<int:pk>/cancel/", work_arrange.cancel, name="cancel"),
    path("work/<int:pk>/start/", work_page.start, name="start"),
    path("work/<int:pk>/report/", work_report.report, name="report"),
    path("work/<int:pk>/correct/", work_report.correct, name="correct"),
    path("work/<int:pk>/recheck/", work_report.recheck, name="recheck"),
    path("work/<int:pk>/hand-over/", work_page.hand_over, name="hand_over"),
    path("work/<int:pk>/photos/", work_page.photo_add, name="photo_add"),
    path("work/<int:pk>/photos/<int:photo_id>/", work_page.photo, name="photo"),
    path("work/<int:pk>/signatures/<int:seq>/", work_page.signature, name="signature"),
    path("work/<int:pk>/key/", work_page.key_sheet, name="key_sheet"),
]
