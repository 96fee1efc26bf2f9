"""Addresses under /sensing/."""

from django.http import HttpResponse
from django.urls import URLPattern, path

app_name = "sensing"


def x(r, pk=0):
    return HttpResponse()


urlpatterns: list[URLPattern] = [
    path("flight/<int:pk>/", x, name="flight"),
    path("comparison/<int:pk>/", x, name="comparison"),
    path("suspect/<int:pk>/", x, name="suspect"),
]
