"""Routes under ``/registry/``: each group of pages keeps its own beside its views."""

from importlib.util import find_spec

from django.urls import include, path

app_name = "registry"
urlpatterns = [
    path("", include(f"chengshu.registry.views.{part}"))
    for part in ("objects_urls", "imports_urls", "rounds_urls", "doubles_urls")
    if find_spec(f"chengshu.registry.views.{part}")
]
