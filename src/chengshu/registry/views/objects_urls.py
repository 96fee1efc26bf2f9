"""Routes of lists, files, map and classes."""

from django.urls import path

from chengshu.registry.views import classes, map, objects, permits

urlpatterns = [
    path("", objects.object_list, name="list"),
    path("objects/new", objects.object_new, name="object_new"),
    path("objects/new/near", objects.near_new, name="near_new"),
    path("objects/<int:pk>/", objects.object_file, name="object"),
    path("objects/<int:pk>/edit", objects.object_edit, name="object_edit"),
    path("objects/<int:pk>/status", objects.object_status, name="object_status"),
    path("objects/<int:pk>/permits", permits.permit_add, name="permit_add"),
    path("objects/<int:pk>/permits/<int:permit>/withdraw", permits.permit_withdraw, name="permit_withdraw"),
    path("objects/<int:pk>/identifiers", permits.identifier_add, name="identifier_add"),
    path(
        "objects/<int:pk>/identifiers/<int:identifier>/withdraw",
        permits.identifier_withdraw,
        name="identifier_withdraw",
    ),
    path("map/", map.map_page, name="map"),
    path("map/list", map.map_list, name="map_list"),
    path("map/ground/<str:code>/<str:layer>.geojson", map.ground, name="ground"),
    path("classes/", classes.class_list, name="classes"),
    path("classes/new", classes.class_new, name="class_new"),
    path("classes/<int:pk>/", classes.class_edit, name="class"),
    path("classes/<int:pk>/order", classes.attribute_order, name="attribute_order"),
    path("classes/<int:pk>/attributes/new", classes.attribute_new, name="attribute_new"),
    path("classes/<int:pk>/attributes/<int:attribute>/", classes.attribute_edit, name="attribute"),
]
