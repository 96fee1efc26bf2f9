"""行政处罚案件: from the first finding to the archive."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    """Penalty cases: procedure, evidence, documents, service, payment, file review."""

    name = "chengshu.cases"
    label = "cases"
    verbose_name = _("Penalty cases")

    def ready(self) -> None:
        """Entries of the navigation, tones of states, kinds of notices, what a person did."""
        from chengshu.cases import deeds, lead_ways, navigation
        from chengshu.cases.services import correcting, naming

        navigation.register()
        lead_ways.register()
        correcting.register()
        naming.register()
        deeds.register()
