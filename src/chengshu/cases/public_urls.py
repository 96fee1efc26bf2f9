"""Routes under ``/public/papers/``: for parties, without an account."""

from django.urls import path

from chengshu.cases.views import party

app_name = "cases_public"
urlpatterns = [
    path("<str:token>/", party.paper, name="paper"),
    path("<str:token>/file", party.paper_file, name="file"),
    path("<str:token>/confirm", party.paper_confirm, name="confirm"),
    path("<str:token>/answer", party.paper_answer, name="answer"),
]
