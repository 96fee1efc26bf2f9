"""The address that stands in every tag: ``/t/<code>``."""

from django.urls import path

from chengshu.patrol.views.tag_entry import tag_entry

urlpatterns = [path("<slug:code>", tag_entry, name="tag")]
