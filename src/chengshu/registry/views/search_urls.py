"""Routes under ``/search/``, named for the search box of every page."""

from django.urls import path

from chengshu.registry.views import search

urlpatterns = [
    path("", search.search_page, name="search"),
    path("suggest", search.suggest, name="search_suggest"),
]
