"""Routes under ``/law/``."""

from django.urls import path

from chengshu.law import views

app_name = "law"
urlpatterns = [
    path("", views.cause_list, name="causes"),
    path("causes/<str:code>/", views.cause_page, name="cause"),
    path("procedure/", views.procedure, name="procedure"),
    path("instruments/", views.instrument_list, name="instruments"),
    path("instruments/<str:code>/", views.instrument_page, name="instrument"),
    path("articles/<str:code>/<str:article>/", views.article_page, name="article"),
]
