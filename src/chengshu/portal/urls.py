"""Routes of the public's pages."""

from datetime import date

from django.urls import path, register_converter

from chengshu.portal import views


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
    path("", views.home, name="home"),
    path("ledger/", views.ledger, name="ledger"),
    path("ledger/roots.json", views.ledger_roots, name="ledger_roots"),
    path("ledger/<day:day>.json", views.ledger_day, name="ledger_day"),
    path("ledger/<day:day>/leaves.txt", views.ledger_leaves, name="ledger_leaves"),
    path("ledger/<day:day>.tsr", views.ledger_timestamp, name="ledger_timestamp"),
]
