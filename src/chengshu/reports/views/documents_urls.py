"""Routes of documents, below /reports/documents/."""

from __future__ import annotations

from django.urls import path

from chengshu.reports.views import documents, documents_parts

urlpatterns = [
    path("", documents.document_list, name="documents"),
    path("new/", documents.document_new, name="document_new"),
    path("<int:pk>/", documents.document_page, name="document"),
    path("<int:pk>/head/", documents.document_head, name="document_head"),
    path("<int:pk>/note/", documents.document_note, name="document_note"),
    path("<int:pk>/freeze/", documents.document_freeze, name="document_freeze"),
    path("<int:pk>/discard/", documents.document_discard, name="document_discard"),
    path("<int:pk>/document.<slug:ending>", documents.document_file, name="document_file"),
    path("<int:pk>/parts/<int:part>/", documents_parts.part_edit, name="part"),
    path("<int:pk>/parts/<int:part>/add/", documents_parts.part_add, name="part_add"),
    path("<int:pk>/parts/<int:part>/preview/", documents_parts.part_preview, name="part_preview"),
    path("<int:pk>/parts/<int:part>/restore/", documents_parts.part_restore, name="part_restore"),
    path("<int:pk>/parts/<int:part>/remove/", documents_parts.part_remove, name="part_remove"),
    path("<int:pk>/parts/<int:part>/move/", documents_parts.part_move, name="part_move"),
    path("<int:pk>/parts/<int:part>/accept/", documents_parts.part_accept, name="part_accept"),
]
