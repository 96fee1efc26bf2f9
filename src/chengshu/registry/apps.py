"""全监管对象数据库: what the bureau watches over."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Regulated objects and their file, imports, re-verification rounds, doubles."""

    name = "chengshu.registry"
    label = "registry"
    verbose_name = "Registry"
