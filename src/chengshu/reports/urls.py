"""Routes of figures, dashboards, targets, deliveries and documents."""

from __future__ import annotations

from django.urls import include, path

from chengshu.reports.views import boards, building, deliveries, figures, targets

app_name = "reports"
urlpatterns = [
    path("", figures.figures_page, name="figures"),
    path("figures.csv", figures.figures_csv, name="csv"),
    path("figures/<slug:id>/", figures.figure_page, name="figure"),
    path("figures/<slug:id>/records/", figures.records_page, name="records"),
    path("boards/", boards.boards_page, name="boards"),
    path("boards/new/", building.board_new, name="board_new"),
    path("boards/own/<int:pk>/", building.own_board, name="own_board"),
    path("boards/own/<int:pk>/edit/", building.board_edit, name="board_edit"),
    path("boards/own/<int:pk>/delete/", building.board_delete, name="board_delete"),
    path("boards/<slug:code>/", boards.board_page, name="board"),
    path("targets/", targets.targets_page, name="targets"),
    path("targets/new/", targets.target_new, name="target_new"),
    path("targets/adopt/", targets.targets_adopt, name="targets_adopt"),
    path("targets/<int:pk>/", targets.target_page, name="target"),
    path("targets/<int:pk>/edit/", targets.target_edit, name="target_edit"),
    path("targets/<int:pk>/withdraw/", targets.target_withdraw, name="target_withdraw"),
    path("documents/", include("chengshu.reports.views.documents_urls")),
    path("deliveries/", deliveries.deliveries_page, name="deliveries"),
    path("deliveries/new/", deliveries.delivery_new, name="delivery_new"),
    path("deliveries/<int:pk>/", deliveries.delivery_page, name="delivery"),
    path("deliveries/<int:pk>/stop/", deliveries.delivery_stop, name="delivery_stop"),
    path("deliveries/<int:pk>/<str:period>/file/", deliveries.delivery_file, name="delivery_file"),
]
