"""Routes of the exchange with the city's system."""

from django.urls import path

from chengshu.inspections.views import exchange_views as views

urlpatterns = [
    path("city/", views.city_tasks, name="exchange"),
    path("city/receive/", views.city_receive, name="exchange_receive"),
    path("city/template/", views.city_template, name="exchange_template"),
    path("city/schema/", views.city_schema, name="exchange_schema"),
    path("city/results/", views.city_results, name="exchange_results"),
    path("city/<int:pk>/", views.city_task, name="exchange_task"),
    path("city/objects/<int:pk>/arrange/", views.city_arrange, name="exchange_arrange"),
]
