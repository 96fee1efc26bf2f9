"""All leads of one day in one row, packed, so that statistics and maps of a million leads are read fast.

A trigger on leads notes each day in which something changed (`DayChange`); a job packs these days anew
(`chengshu.leads.statistics.days`). Nobody waits for anybody: writers only append, and a reader reads noted
days from the leads themselves, in the same statement, so that the numbers are exact at any moment.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from chengshu.bureau.models import District


class LeadDay(models.Model):
    """The leads reported on one local day, column by column. The id is new whenever it is packed anew."""

    id = models.BigAutoField(primary_key=True)
    district = models.ForeignKey(
        District, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField(help_text="local day of reporting")
    layout = models.BigIntegerField(help_text="which columns it was packed with")
    n = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "day"], name="lead_day_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.n}"


class DayChange(models.Model):
    """A lead of this day was written since the day was packed. No foreign keys: a trigger writes it."""

    district = models.ForeignKey(
        District, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    day = models.DateField()

    def __str__(self) -> str:
        return f"{self.district_id} {self.day}"


_DAY = f"({{row}}.reported_at AT TIME ZONE '{settings.TIME_ZONE}')::date"
NOTE = f"""
INSERT INTO leads_daychange (district_id, day) VALUES (NEW.district_id, {_DAY.format(row="NEW")});
IF TG_OP = 'UPDATE' AND (OLD.reported_at <> NEW.reported_at OR OLD.district_id <> NEW.district_id) THEN
    INSERT INTO leads_daychange (district_id, day) VALUES (OLD.district_id, {_DAY.format(row="OLD")});
END IF;
RETURN NULL;
"""  # noqa: S608  names come from this code
