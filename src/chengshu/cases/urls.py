"""Routes under ``/cases/``."""

from django.urls import include, path

from chengshu.cases.views import blocks, case, devices, documents, drafts, evidence, lists, new, printing

app_name = "cases"
urlpatterns = [
    path("", include("chengshu.cases.views.files_urls")),
    path("", lists.case_list, name="list"),
    path("mine", lists.my_cases, name="mine"),
    path("filters/save", lists.filter_save, name="filter_save"),
    path("filters/<int:pk>/delete", lists.filter_delete, name="filter_delete"),
    path("print", printing.print_selected, name="print"),
    path("print/<int:job>", printing.print_result, name="print_result"),
    path("print/<int:job>/file", printing.print_file, name="print_file"),
    path("devices", devices.device_list, name="devices"),
    path("devices/new", devices.device_new, name="device_new"),
    path("devices/<int:pk>", devices.device_change, name="device"),
    path("devices/<int:pk>/sign", devices.device_sign, name="device_sign"),
    path("blocks", blocks.block_list, name="blocks"),
    path("blocks/new", blocks.block_new, name="block_new"),
    path("blocks/<int:pk>", blocks.block_page, name="block"),
    path("blocks/<int:pk>/close", blocks.block_close, name="block_close"),
    path("new", new.lead_new, name="new"),
    path("new/simple", new.simple_new, name="simple"),
    path("new/law", new.law_beside, name="law_beside"),
    path("<int:pk>/", case.case_page, name="case"),
    path("<int:pk>/steps/<str:kind>", case.step, name="step"),
    path("<int:pk>/watch", case.case_watch, name="watch"),
    path("<int:pk>/documents/<str:kind>", documents.document, name="document"),
    path("<int:pk>/documents/<str:kind>/draft", drafts.document_draft, name="document_draft"),
    path("<int:pk>/documents/<str:kind>/accept", drafts.draft_accept, name="draft_accept"),
    path("<int:pk>/documents/<str:kind>/discard", drafts.draft_discard, name="draft_discard"),
    path("<int:pk>/documents/<str:kind>/issue", documents.document_issue, name="document_issue"),
    path("<int:pk>/issued/<int:number>", documents.document_file, name="document_file"),
    path("<int:pk>/issued/<int:number>/offer", documents.document_offer, name="document_offer"),
    path("<int:pk>/issued/<int:number>/code", documents.document_code, name="document_code"),
    path("<int:pk>/evidence", evidence.evidence_add, name="evidence_add"),
    path("<int:pk>/evidence/<int:seq>", evidence.evidence_file, name="evidence_file"),
    path("<int:pk>/evidence/<int:seq>/sign", evidence.evidence_sign, name="evidence_sign"),
]
