"""Gap-free numbers."""

from django.db import models


class NumberSeries(models.Model):
    """The last number given out in one series (e.g. one kind of document of one authority in one year)."""

    series = models.CharField(max_length=120, unique=True)
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}: {self.last}"
