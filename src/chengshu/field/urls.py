"""Routes of the officer's app and of the pages about it."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter

from chengshu.field.views import api, desk, law_urls, orders, record, sending, served, shell


class Sha256Converter:
    """64 hexadecimal digits."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(Sha256Converter, "sha256")
app_name = "field"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", shell.shell, name="shell"),
    path("sw.js", shell.worker, name="worker"),
    path("tags-sw.js", shell.tags_worker, name="tags_worker"),
    path("manifest.webmanifest", shell.manifest, name="manifest"),
    path("texts-<slug:language>.json", shell.texts, name="texts"),
    path("api/time", api.time, name="time"),
    path("api/session", api.session, name="session"),
    path("api/devices", api.register, name="register"),
    path("api/devices/<uuid:device>/wiped", api.wiped, name="wiped"),
    path("api/devices/<uuid:device>/order", orders.order, name="order"),
    path("api/today", api.today, name="today"),
    path("api/uploads", sending.upload_begin, name="upload_begin"),
    path("api/uploads/<sha256:sha256>", sending.upload, name="upload"),
    path("", include("chengshu.field.views.law_urls")),
    path("api/records", sending.records, name="send_records"),
    *law_urls.urlpatterns,
    path("devices/", desk.device_list, name="devices"),
    path("devices/<uuid:pk>/", desk.device, name="device"),
    path("devices/<uuid:pk>/revoke/", desk.revoke, name="revoke"),
    path("devices/<uuid:pk>/wipe/", desk.wipe, name="wipe"),
    path("records/", desk.record_list, name="records"),
    path("records/<uuid:pk>/", record.record, name="record"),
    path("records/<uuid:pk>/served/", served.served, name="served"),
    path("records/<uuid:pk>/files/<sha256:sha256>", record.file, name="record_file"),
    path("notes/<slug:about>/<int:subject>/", desk.notes, name="notes"),
    path("note-files/<int:pk>/", desk.note_file, name="note_file"),
]
