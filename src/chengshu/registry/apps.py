"""全监管对象数据库: what the bureau watches over."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    """Regulated objects and their file, imports, re-verification rounds, doubles."""

    name = "chengshu.registry"
    label = "registry"
    verbose_name = _("Regulated objects")

    def ready(self) -> None:
        """Entries of the navigation, tones of statuses, work done by itself."""
        from chengshu.bureau.services.areas import boundaries_changed
        from chengshu.registry import deeds, navigation, upkeep  # noqa: F401  upkeep registers its tasks
        from chengshu.registry.services import doubles, merging  # noqa: F401  doubles registers its job
        from chengshu.registry.services.placing import boundaries_have_changed

        boundaries_changed.connect(boundaries_have_changed)
        navigation.register()
        merging.register_all()
        deeds.register()
