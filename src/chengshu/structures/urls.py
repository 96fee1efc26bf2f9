"""Routes of the ledger."""

from __future__ import annotations

from django.urls import URLPattern, path

from chengshu.structures.views import acts, entry, figures, imports, lists, maps, plots, samples, years

app_name = "structures"
urlpatterns: list[URLPattern] = [
    path("", lists.ledger, name="list"),
    path("export/", lists.export, name="export"),
    path("new/", acts.new, name="new"),
    path("map/", maps.ledger_map, name="map"),
    path("map/points/", maps.map_data, name="map_data"),
    path("map/plots/", maps.plot_shapes, name="plot_shapes"),
    path("figures/", figures.figures, name="figures"),
    path("towns/", years.towns, name="towns"),
    path("towns/quota/", years.quota, name="quota"),
    path("assessments/", samples.assessments, name="assessments"),
    path("assessments/new/", samples.announce, name="announce"),
    path("assessments/<int:pk>/", samples.assessment, name="assessment"),
    path("assessments/<int:pk>/proof/", samples.proof, name="sample_proof"),
    path("assessments/<int:pk>/check/<int:check_id>/", samples.check, name="sample_check"),
    path("plots/", plots.plots, name="plots"),
    path("plots/new/", plots.plot_new, name="plot_new"),
    path("plots/<int:pk>/", plots.plot, name="plot"),
    path("plots/<int:pk>/change/", plots.plot_change, name="plot_change"),
    path("plots/<int:pk>/do/", plots.plot_do, name="plot_do"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:pk>/", imports.one_import, name="import"),
    path("imports/<int:pk>/apply/", imports.import_apply, name="import_apply"),
    path("<int:pk>/", entry.entry, name="entry"),
    path("<int:pk>/photos/", entry.photos_add, name="photos_add"),
    path("<int:pk>/photos/<int:photo_id>/", entry.photo, name="photo"),
    path("<int:pk>/decide/<int:proposal_id>/", entry.decide, name="decide"),
    path("<int:pk>/key-task/", entry.key_task, name="key_task"),
    path("<int:pk>/do/<slug:code>/", acts.act, name="act"),
    path("<int:pk>/step/<slug:code>/", acts.step, name="step"),
]
