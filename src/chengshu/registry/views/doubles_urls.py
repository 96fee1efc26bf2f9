"""Routes of possible duplicates."""

from django.urls import path

from chengshu.registry.views import doubles

urlpatterns = [
    path("doubles/", doubles.double_list, name="doubles"),
    path("doubles/search", doubles.double_search, name="double_search"),
    path("doubles/progress", doubles.double_progress, name="double_progress"),
    path("doubles/<int:pk>/", doubles.double_page, name="double"),
    path("doubles/<int:pk>/pins.json", doubles.double_pins, name="double_pins"),
    path("doubles/<int:pk>/merge", doubles.double_merge, name="double_merge"),
    path("doubles/<int:pk>/different", doubles.double_different, name="double_different"),
]
