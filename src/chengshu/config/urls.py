"""Every domain brings its own routes; this only says where they start."""

from django.urls import include, path
from django.views.i18n import set_language

from chengshu.config.api import api
from chengshu.kernel.access import public

urlpatterns = [
    path("", include("chengshu.config.health_urls")),
    path("i18n/setlang/", public(set_language), name="set_language"),
    path("accounts/", include("chengshu.bureau.account_urls")),
    path("api/v1/", api.urls),
    path("ui/", include("chengshu.ui.urls")),
    path("", include("chengshu.bureau.urls")),
    path("registry/", include("chengshu.registry.urls")),
    path("leads/", include("chengshu.leads.urls")),
    path("command/", include("chengshu.desk.command.urls")),
    path("cases/", include("chengshu.cases.urls")),
    path("search/", include("chengshu.registry.views.search_urls")),
    path("inspections/", include("chengshu.inspections.urls")),
    path("patrol/", include("chengshu.patrol.urls")),
    path("structures/", include("chengshu.structures.urls")),
    path("reports/", include("chengshu.reports.urls")),
    path("sensing/", include("chengshu.sensing.urls")),
    path("t/", include("chengshu.patrol.tag_urls")),
    path("field/", include("chengshu.field.urls")),
    path("law/", include("chengshu.law.urls")),
    path("public/papers/", include("chengshu.cases.public_urls")),
    path("public/", include("chengshu.portal.urls")),
    path("", include("chengshu.desk.urls")),
]

handler400 = "chengshu.ui.errors.bad_request"
handler403 = "chengshu.ui.errors.forbidden"
handler404 = "chengshu.config.errors.not_found"
handler500 = "chengshu.ui.errors.server_error"
