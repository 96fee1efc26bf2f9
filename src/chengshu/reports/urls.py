"""Routes of figures, dashboards, targets and deliveries."""

from __future__ import annotations

from django.urls import path

from chengshu.reports.views import boards, figures

app_name = "reports"
urlpatterns = [
    path("", figures.figures_page, name="figures"),
    path("figures.csv", figures.figures_csv, name="csv"),
    path("figures/<slug:id>/", figures.figure_page, name="figure"),
    path("figures/<slug:id>/records/", figures.records_page, name="records"),
    path("boards/", boards.boards_page, name="boards"),
    path("boards/<slug:code>/", boards.board_page, name="board"),
]
