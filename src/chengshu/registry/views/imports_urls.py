"""Routes of imports, conflicts and the export."""

from django.urls import path

from chengshu.registry.views import conflicts, exports, imports

urlpatterns = [
    path("import/", imports.import_list, name="imports"),
    path("import/<int:pk>/", imports.import_batch, name="import"),
    path("import/<int:pk>/columns", imports.import_columns, name="import_columns"),
    path("import/<int:pk>/state", imports.import_state, name="import_state"),
    path("import/<int:pk>/check", imports.import_check, name="import_check"),
    path("import/<int:pk>/apply", imports.import_apply, name="import_apply"),
    path("import/<int:pk>/cancel", imports.import_cancel, name="import_cancel"),
    path("import/<int:pk>/refused.xlsx", imports.import_refused, name="import_refused"),
    path("conflicts/", conflicts.conflict_list, name="conflicts"),
    path("conflicts/<int:pk>/", conflicts.conflict_detail, name="conflict"),
    path("conflicts/<int:pk>/accept", conflicts.conflict_accept, name="conflict_accept"),
    path("conflicts/<int:pk>/attach", conflicts.conflict_attach, name="conflict_attach"),
    path("conflicts/<int:pk>/dismiss", conflicts.conflict_dismiss, name="conflict_dismiss"),
    path("export", exports.export, name="export"),
]
