"""Routes of whole files: export, check of a copy, file review, import of old cases."""

from django.urls import path

from chengshu.cases.views import files, imports, reviews

urlpatterns = [
    path("<int:pk>/file", files.file_export, name="file_export"),
    path("verify", files.file_verify, name="verify"),
    path("review", reviews.review_list, name="review"),
    path("review/<int:job>", reviews.review_result, name="review_result"),
    path("review/<int:job>/state", reviews.review_state, name="review_state"),
    path("review/<int:job>/table", reviews.review_table, name="review_table"),
    path("import", imports.import_list, name="import"),
    path("import/template", imports.import_template, name="import_template"),
    path("import/<int:job>", imports.import_result, name="import_result"),
    path("import/<int:job>/state", imports.import_state, name="import_state"),
    path("import/<int:job>/apply", imports.import_apply, name="import_apply"),
]
