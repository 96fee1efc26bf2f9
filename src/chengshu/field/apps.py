"""The application of the officer's phone."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FieldConfig(AppConfig):
    """移动执法: the officer's app and what it sends."""

    name = "chengshu.field"
    label = "field"
    verbose_name = _("Officer's app")

    def ready(self) -> None:
        """The kinds of records, notices, navigation, jobs."""
        from chengshu.field import handlers, navigation
        from chengshu.field import tasks as _tasks  # noqa: F401  found by the queue
        from chengshu.field.services import telling

        handlers.load()
        navigation.register()
        telling.register()
