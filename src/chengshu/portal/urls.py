"""Routes of the public's pages."""

from datetime import date

from django.urls import path, register_converter

from chengshu.portal.views import certificates, data, dishonesty, draws, home, ledger, penalties, results


class DayConverter:
    """A day in a path: 2021-01-04."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        """The date; an impossible one does not match."""
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        """The date in a path."""
        return str(value)


register_converter(DayConverter, "day")

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("language/<slug:code>/", home.language, name="language"),
    path("penalties/", penalties.index, name="penalties"),
    path("penalties/<int:pk>/", penalties.entry, name="penalty"),
    path("dishonesty/", dishonesty.index, name="dishonesty"),
    path("dishonesty/<int:pk>/", dishonesty.entry, name="dishonesty_entry"),
    path("draws/", draws.index, name="draws"),
    path("draws/verify/", draws.verify, name="verify"),
    path("draws/<int:pk>/", draws.entry, name="draw"),
    path("draws/<int:pk>/commitment.json", draws.commitment, name="commitment"),
    path("draws/<int:pk>/proof.json", draws.proof, name="proof"),
    path("results/", results.index, name="results"),
    path("results/<int:pk>/", results.entry, name="result"),
    path("results/quarters/", results.quarters, name="quarters"),
    path("items/", results.items, name="items"),
    path("certificates/", certificates.check, name="certificates"),
    path("reports/", home.reports, name="reports"),
    path("data/", data.index, name="data"),
    path("data/<slug:code>/", data.dictionary, name="dictionary"),
    path("data/<slug:code>.csv", data.table, name="table"),
    path("data/<slug:code>.csv-metadata.json", data.metadata, name="metadata"),
    path("feeds/<slug:code>.xml", data.rss, name="rss"),
    path("feeds/<slug:code>.json", data.json_feed, name="json_feed"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/roots.json", ledger.ledger_roots, name="ledger_roots"),
    path("ledger/<day:day>.json", ledger.ledger_day, name="ledger_day"),
    path("ledger/<day:day>/leaves.txt", ledger.ledger_leaves, name="ledger_leaves"),
    path("ledger/<day:day>.tsr", ledger.ledger_timestamp, name="ledger_timestamp"),
]
