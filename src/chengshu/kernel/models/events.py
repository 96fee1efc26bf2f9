"""What happened, for whoever listens. Not a record of enforcement: rows go after some days."""

from django.db import models
from django.db.models.functions import Now


class ClockTimestamp(Now):
    """The clock at the statement; ``now()`` would be the start of the transaction."""

    template = "CLOCK_TIMESTAMP()"

    def as_postgresql(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        """`Now` has its own template here."""
        return self.as_sql(compiler, connection, **context)


class Event(models.Model):
    """One thing that happened, written in the transaction of the change.

    ``position`` is given after the commit, by one sequencer at a time (`chengshu.kernel.events.sequencer`):
    positions follow the order of commit, ``id`` only that of insertion. Plain SQL (a domain's trigger) may
    insert topic, district_id, squad_id, subject and data.
    """

    position = models.BigIntegerField(null=True, unique=True, help_text="place in the order of commit")
    topic = models.TextField(help_text="what kind of thing, e.g. lead; see register_topic")
    district_id = models.BigIntegerField()
    squad_id = models.BigIntegerField(null=True)
    subject = models.TextField(db_default="", help_text="the record, e.g. lead:123")
    data = models.JSONField(db_default={})
    at = models.DateTimeField(db_default=ClockTimestamp())

    class Meta:
        ordering = ["position"]
        indexes = [
            models.Index(fields=["id"], name="event_waiting", condition=models.Q(position__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.position or '–'} {self.topic} {self.subject}"
