"""Routes for whoever watches the service."""

from django.urls import path

from chengshu.config.health import live, ready, summary
from chengshu.config.metrics import metrics

urlpatterns = [
    path("healthz", summary, name="healthz"),
    path("healthz/live", live, name="healthz_live"),
    path("healthz/ready", ready, name="healthz_ready"),
    path("metrics", metrics, name="metrics"),
]
