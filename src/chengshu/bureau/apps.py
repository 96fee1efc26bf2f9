"""区城管执法局: who belongs to the bureau, where it works, and what each may do."""

from django.apps import AppConfig


class BureauConfig(AppConfig):
    """District, streets and towns, grids, squads, officers, roles and scope, rosters."""

    name = "chengshu.bureau"
    label = "bureau"
    verbose_name = "Bureau"
