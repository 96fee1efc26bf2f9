"""Addresses of the bureau's pages."""

from django.urls import path

from chengshu.bureau.views import apikeys, areas, audit, me, people, roster, units

app_name = "bureau"

urlpatterns = [
    path("people/", people.people_list, name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/<int:pk>/", people.person_page, name="person"),
    path("people/<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:pk>/unmask/", people.person_unmask, name="person_unmask"),
    path("people/<int:pk>/roles/", people.role_grant, name="role_grant"),
    path("people/<int:pk>/roles/<int:assignment>/revoke/", people.role_revoke, name="role_revoke"),
    path("people/<int:pk>/certificates/", people.certificate_add, name="certificate_add"),
    path("people/<int:pk>/deactivate/", people.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/reactivate/", people.person_reactivate, name="person_reactivate"),
    path("people/<int:pk>/password/", people.password_reset, name="password_reset"),
    path("people/<int:pk>/unlock/", people.account_unlock, name="account_unlock"),
    path("people/<int:pk>/second-factors/", people.second_factors_remove, name="second_factors_remove"),
    path("units/", units.unit_tree, name="units"),
    path("units/new/", units.unit_new, name="unit_new"),
    path("units/<int:pk>/edit/", units.unit_edit, name="unit_edit"),
    path("roles/", units.role_matrix, name="roles"),
    path("roster/", roster.roster, name="roster"),
    path("roster/<int:pk>/duties/", roster.duty_add, name="duty_add"),
    path("roster/duties/<int:pk>/remove/", roster.duty_remove, name="duty_remove"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export.csv", audit.audit_export, name="audit_export"),
    path("api-keys/", apikeys.key_list, name="apikeys"),
    path("api-keys/new/", apikeys.key_new, name="apikey_new"),
    path("api-keys/<int:key>/", apikeys.key_page, name="apikey"),
    path("api-keys/<int:key>/change/", apikeys.key_change, name="apikey_change"),
    path("api-keys/<int:key>/rotate/", apikeys.key_rotate, name="apikey_rotate"),
    path("api-keys/<int:key>/revoke/", apikeys.key_revoke, name="apikey_revoke"),
    path("areas/", areas.areas, name="areas"),
    path("areas/transport.geojson", areas.transport, name="area_transport"),
    path("areas/<str:code>.geojson", areas.boundaries, name="area_boundaries"),
    path("me/", me.me, name="me"),
    path("me/language/", me.language, name="me_language"),
    path("me/sessions/", me.end_sessions, name="me_sessions"),
]
