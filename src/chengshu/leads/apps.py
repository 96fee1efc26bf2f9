"""The leads application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    """线索: the loop."""

    name = "chengshu.leads"
    label = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        """Who may hear what the loop's triggers tell, notices, upkeep, navigation, the files of objects."""
        from chengshu.kernel.events import register_topic
        from chengshu.leads import deeds, dossier, navigation, routing_navigation
        from chengshu.leads import upkeep as _tasks  # noqa: F401
        from chengshu.leads.services import answering, notifying

        for topic in ("lead", "alarm"):
            register_topic(topic, permission="leads.view")
        register_topic("shift", permission="command.view")
        notifying.register()
        answering.register()
        navigation.register()
        routing_navigation.register()
        dossier.register()
        deeds.register()
