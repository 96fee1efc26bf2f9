"""Routes of figures and documents."""

from __future__ import annotations

from django.urls import include, path

from chengshu.reports.views import figures

app_name = "reports"
urlpatterns = [
    path("", figures.figures_page, name="figures"),
    path("figures.csv", figures.figures_csv, name="csv"),
    path("figures/<slug:id>/", figures.figure_page, name="figure"),
    path("figures/<slug:id>/records/", figures.records_page, name="records"),
    path("documents/", include("chengshu.reports.views.documents_urls")),
]
