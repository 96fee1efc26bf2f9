"""Which kinds of cases there are: what lists filter by, told apart by one number.

A district has some thousand mixes of squad, town, state, procedure, source, cause, field and key at most,
however many cases. Filters are answered from this short table first; the index of cases by kind then holds
nothing but what was asked for. Nothing is counted: a kind without cases costs a look into the index.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Concat

from chengshu.bureau.models import District, Town, Unit
from chengshu.kernel.fields import as_text

COLUMNS = (
    "district_id", "squad_id", "town_id", "state", "procedure", "source", "cause", "field", "is_key",
)  # fmt: skip
_KEEP = f"""
INSERT INTO cases_casekind (facet, {", ".join(COLUMNS)})
SELECT DISTINCT facet, {", ".join(COLUMNS)} FROM now
WHERE NOT EXISTS (SELECT 1 FROM cases_casekind AS known WHERE known.facet = now.facet);
RETURN NULL;
"""  # noqa: S608  names of columns
# 64 bits of a hash: with ten thousand kinds, one in 400 thousand million that any two are the same.
FACET = Func(
    Concat(
        *[part for column in COLUMNS for part in (as_text(column), Value("|"))],
        output_field=models.TextField(db_collation="C"),
    ),
    Value(0),
    function="hashtextextended",
    output_field=models.BigIntegerField(),
)


def kept(name: str, operation: pgtrigger.Operation) -> pgtrigger.Trigger:
    """A trigger that notes kinds not met before. Two writers may both note one: nobody waits for anybody."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(new="now"),  # type: ignore[no-untyped-call]
        func=_KEEP,
    )


class CaseKind(models.Model):
    """One mix of what cases are filtered by. Written by a trigger; without foreign keys in the database."""

    facet = models.BigIntegerField(help_text="as Case.facet; may stand here twice")
    district = models.ForeignKey(
        District, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    squad = models.ForeignKey(
        Unit, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    town = models.ForeignKey(
        Town, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    state = models.CharField(max_length=16)
    procedure = models.CharField(max_length=8, blank=True)
    source = models.CharField(max_length=12)
    cause = models.CharField(max_length=60, blank=True)
    field = models.CharField(max_length=40, blank=True)
    is_key = models.BooleanField()

    objects: models.Manager[CaseKind] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["facet"], name="casekind_facet")]

    def __str__(self) -> str:
        return f"{self.facet:x}: {self.state} {self.procedure} {self.cause}"
