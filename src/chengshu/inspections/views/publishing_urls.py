"""Routes of publication and coverage."""

from __future__ import annotations

from django.urls import path

from chengshu.inspections.views import coverage, publishing

urlpatterns = [
    path("publication/", publishing.page, name="publication"),
    path("publication/publish/", publishing.publish, name="publish"),
    path("publication/quarter/", publishing.publish_quarter, name="publish_quarter"),
    path("publication/<int:pk>/withdraw/", publishing.withdraw, name="withdraw_publication"),
    path("publication/<int:pk>/again/", publishing.publish_again, name="publish_again"),
    path("publication/<int:pk>/back/", publishing.put_back, name="put_back"),
    path("coverage/", coverage.page, name="coverage"),
    path("coverage/never/", coverage.never, name="coverage_never"),
    path("plans/<int:pk>/simulate/", coverage.simulate, name="plan_simulate"),
]
