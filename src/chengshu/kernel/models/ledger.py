"""The append-only ledger. Triggers (migration 0003) refuse UPDATE, DELETE and TRUNCATE."""

from django.db import models


class LedgerEntry(models.Model):
    """One link of one record's hash chain."""

    chain = models.CharField(max_length=120, db_collation="C", help_text="the record, e.g. registry.round:12")
    seq = models.PositiveIntegerField(help_text="1, 2, 3 … within the chain")
    at = models.DateTimeField(help_text="when it happened")
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=80)
    payload = models.JSONField()
    algorithm = models.CharField(max_length=10)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(help_text="when it was written; decides the day that seals it first")

    class Meta:
        ordering = ["chain", "seq"]
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="ledger_one_entry_per_place")]

    def __str__(self) -> str:
        return f"{self.chain} #{self.seq} {self.action}"


class DailyRoot(models.Model):
    """The Merkle root over all chain heads at the end of a day, sealed and published.

    Only a missing time stamp may be added later; the rest never changes.
    """

    day = models.DateField(unique=True)
    up_to_entry = models.BigIntegerField(help_text="id of the last ledger entry it covers")
    chains = models.PositiveIntegerField()
    algorithm = models.CharField(max_length=10)
    root = models.CharField(max_length=64)
    previous_seal = models.CharField(max_length=64, blank=True)
    seal = models.CharField(max_length=64, help_text="hash over day, root, chains and the previous seal")
    sealed_at = models.DateTimeField()
    timestamp_token = models.BinaryField(null=True, help_text="RFC 3161 response over the seal, DER")
    timestamped_at = models.DateTimeField(null=True, help_text="the authority's clock")
    timestamp_problem = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day} {self.seal[:16]}"
