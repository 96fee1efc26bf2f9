"""Routes of figures, dashboards, targets, deliveries and documents."""

from __future__ import annotations

from django.urls import include, path

from chengshu.reports.views import boards, figures, targets

app_name = "reports"
urlpatterns = [
    path("", figures.figures_page, name="figures"),
    path("figures.csv", figures.figures_csv, name="csv"),
    path("figures/<slug:id>/", figures.figure_page, name="figure"),
    path("figures/<slug:id>/records/", figures.records_page, name="records"),
    path("boards/", boards.boards_page, name="boards"),
    path("boards/<slug:code>/", boards.board_page, name="board"),
    path("targets/", targets.targets_page, name="targets"),
    path("targets/new/", targets.target_new, name="target_new"),
    path("targets/adopt/", targets.targets_adopt, name="targets_adopt"),
    path("targets/<int:pk>/", targets.target_page, name="target"),
    path("targets/<int:pk>/edit/", targets.target_edit, name="target_edit"),
    path("targets/<int:pk>/withdraw/", targets.target_withdraw, name="target_withdraw"),
    path("documents/", include("chengshu.reports.views.documents_urls")),
]
