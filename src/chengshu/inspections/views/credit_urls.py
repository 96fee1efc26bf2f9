"""Routes of credit: classes, dishonesty entries, repair, exchange."""

from __future__ import annotations

from django.urls import path

from chengshu.inspections.views import credit_classes, credit_entries, credit_exports, credit_repairs

urlpatterns = [
    path("credit/", credit_classes.proposal_list, name="credit"),
    path("credit/assess/", credit_classes.assess, name="credit_assess"),
    path("credit/accept/", credit_classes.accept, name="credit_accept"),
    path("credit/<int:pk>/", credit_classes.proposal, name="credit_proposal"),
    path("credit/objects/<int:pk>/", credit_classes.credit_file, name="credit_file"),
    path("credit/entries/", credit_entries.entry_list, name="credit_entries"),
    path("credit/entries/new/", credit_entries.entry_new, name="credit_entry_new"),
    path("credit/entries/<int:pk>/", credit_entries.entry, name="credit_entry"),
    path("credit/entries/<int:pk>/repair/", credit_repairs.repair_entry, name="credit_repair_entry"),
    path("credit/cases/<int:pk>/repair/", credit_repairs.repair_penalty, name="credit_repair_penalty"),
    path("credit/repairs/", credit_repairs.repair_list, name="credit_repairs"),
    path("credit/repairs/<int:pk>/", credit_repairs.repair, name="credit_repair"),
    path("credit/repairs/<int:pk>/commitment/", credit_repairs.commitment, name="credit_commitment"),
    path("credit/exports/", credit_exports.export_list, name="credit_exports"),
    path("credit/exports/new/", credit_exports.export_new, name="credit_export_new"),
    path("credit/exports/<int:pk>/", credit_exports.export, name="credit_export"),
]
