"""The lead. Its history is written by the database itself."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Grid, Town, Unit, User
from chengshu.kernel.fields import PointField
from chengshu.leads.lifecycle import Action, Outcome, Stage
from chengshu.registry.models import RegulatedObject

from .classes import LeadClass
from .days import NOTE

GUARDED = (
    "stage", "outcome", "squad_id", "officer_id", "lead_class_id", "arrive_by", "handle_by", "held_at",
    "handled_at", "handled_by_id", "verified_by_id", "closed_at", "merged_into_id", "parent_id", "recheck_on",
)  # fmt: skip
_CHANGED = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in GUARDED)
WHOLE = "chengshu.leads_whole"
"""A setting of one transaction: new leads come with their steps and events (`services.bulk`)."""
_EVENT = """jsonb_build_object(
        'id', NEW.id, 'number', NEW.number, 'version', NEW.version, 'action', NEW.step_action,
        'stage', NEW.stage, 'outcome', NEW.outcome, 'class', NEW.lead_class_id, 'source', NEW.source,
        'severity', NEW.severity, 'squad', NEW.squad_id, 'officer', NEW.officer_id, 'town', NEW.town_id,
        'lng', NEW.position[0], 'lat', NEW.position[1], 'address', NEW.address,
        'arrive_by', NEW.arrive_by, 'arrived_at', NEW.arrived_at, 'handle_by', NEW.handle_by,
        'amber_at', NEW.amber_at, 'handled_at', NEW.handled_at, 'held', NEW.held_at IS NOT NULL,
        'reported_at', NEW.reported_at)"""
# One trigger writes the step and the live event: nobody can change a lead without both (DESIGN, principle 2).
_RECORD = f"""
IF TG_OP = 'INSERT' AND current_setting('{WHOLE}', true) = 'on' THEN
    RETURN NULL;
END IF;
IF TG_OP = 'UPDATE' THEN
    IF NEW.version = OLD.version THEN
        IF {_CHANGED} THEN
            RAISE EXCEPTION 'a lead is changed through its services only (lead %)', OLD.id;
        END IF;
        RETURN NULL;
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'lead % was changed by somebody else meanwhile', OLD.id;
    END IF;
END IF;
INSERT INTO leads_leadstep (lead_id, district_id, version, action, stage, outcome, squad_id, officer_id,
    by_id, at, note, data)
VALUES (NEW.id, NEW.district_id, NEW.version, NEW.step_action, NEW.stage, NEW.outcome, NEW.squad_id,
    NEW.officer_id, NEW.step_by_id, NEW.step_at, NEW.step_note, NEW.step_data);
INSERT INTO kernel_event (topic, district_id, squad_id, subject, data)
VALUES ('lead', NEW.district_id, NEW.squad_id, 'lead:' || NEW.id, {_EVENT});
IF TG_OP = 'UPDATE' AND OLD.squad_id IS NOT NULL AND OLD.squad_id IS DISTINCT FROM NEW.squad_id THEN
    INSERT INTO kernel_event (topic, district_id, squad_id, subject, data)
    VALUES ('lead', NEW.district_id, OLD.squad_id, 'lead:' || NEW.id,
        jsonb_build_object('id', NEW.id, 'version', NEW.version, 'gone', true));
END IF;
RETURN NULL;
"""  # noqa: S608  names come from this code


def steps_and_events_sql() -> tuple[str, str]:
    """Two statements that write what the trigger would, from states of leads in order (one jsonb array)."""
    states = """(SELECT NEW.*, given.n,
            lag(NEW.squad_id) OVER (PARTITION BY NEW.id ORDER BY NEW.version) AS gone
        FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS given (state, n),
            jsonb_populate_record(NULL::leads_lead, given.state) AS NEW) AS NEW"""
    steps = f"""INSERT INTO leads_leadstep (lead_id, district_id, version, action, stage, outcome, squad_id,
        officer_id, by_id, at, note, data)
    SELECT NEW.id, NEW.district_id, NEW.version, NEW.step_action, NEW.stage, NEW.outcome, NEW.squad_id,
        NEW.officer_id, NEW.step_by_id, NEW.step_at, NEW.step_note, NEW.step_data FROM {states} ORDER BY n"""  # noqa: S608
    events = f"""INSERT INTO kernel_event (topic, district_id, squad_id, subject, data)
    SELECT 'lead', NEW.district_id, told.squad_id, 'lead:' || NEW.id, told.data FROM {states},
        LATERAL (SELECT 1 AS place, NEW.squad_id, {_EVENT} AS data
            UNION ALL
            SELECT 2, NEW.gone, jsonb_build_object('id', NEW.id, 'version', NEW.version, 'gone', true)
            WHERE NEW.gone IS NOT NULL AND NEW.gone IS DISTINCT FROM NEW.squad_id) AS told
    ORDER BY n, place"""  # noqa: S608  names come from this code
    return steps, events


class LeadQuerySet(models.QuerySet["Lead"]):
    """Every list of leads starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "leads.view") -> LeadQuerySet:
        """Leads inside the places where the person may use the permission."""
        return self.filter(user.scope_for(permission).q())

    def open(self) -> LeadQuerySet:
        """Not closed yet."""
        return self.exclude(stage=Stage.CLOSED)


class Lead(models.Model):
    """线索: anything found by anybody, on its way to a verified end.

    Written only by `chengshu.leads.services`; each change raises ``version`` by one and fills the ``step_*``
    columns, from which a trigger writes the `LeadStep` and the live event. Other writes are refused.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="leads", db_index=False)
    number = models.CharField(_("number"), max_length=20)
    source = models.CharField(_("source"), max_length=30, help_text="code in data/sources.yaml or registered")
    source_ref = models.CharField(max_length=100, blank=True, help_text="the source's own number")
    lead_class = models.ForeignKey(
        LeadClass, on_delete=models.PROTECT, related_name="leads", db_index=False, verbose_name=_("class")
    )
    severity = models.PositiveSmallIntegerField(_("severity"), choices=LeadClass.Severity.choices, default=1)
    description = models.CharField(_("what was found"), max_length=1000)
    address = models.CharField(_("address"), max_length=300, blank=True)
    position = PointField(null=True, verbose_name=_("position"))
    cell = models.BigIntegerField(null=True, help_text="H3 cell of level 9 around the position")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, related_name="leads", db_index=False)
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    object = models.ForeignKey(
        RegulatedObject, on_delete=models.PROTECT, null=True, related_name="leads", db_index=False
    )
    data = models.JSONField(default=dict, help_text="what the source knows beyond this")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="leads", db_index=False)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="leads", db_index=False
    )
    stage = models.CharField(_("stage"), max_length=10, choices=Stage.choices, default=Stage.FOUND)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)

    reported_at = models.DateTimeField(_("reported"))
    registered_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    handled_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    arrive_by = models.DateTimeField(null=True)
    handle_by = models.DateTimeField(null=True)
    amber_at = models.DateTimeField(null=True, help_text="from here on the light is amber")
    held_at = models.DateTimeField(null=True, help_text="on hold since; the clocks stand still")
    extension_until = models.DateTimeField(null=True, help_text="asked for and not yet decided")
    recheck_on = models.DateField(null=True, help_text="day of the re-check of an order to rectify")
    refused = models.BooleanField(default=False, help_text="an order to rectify was not followed")

    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    case_id = models.BigIntegerField(null=True, help_text="the case filed from it; cases lie above leads")
    case_number = models.CharField(max_length=60, blank=True)
    passed_to = models.CharField(_("passed on to"), max_length=100, blank=True)
    answer = models.CharField(_("their answer"), max_length=500, blank=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="parts", db_index=False
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="doubles", db_index=False
    )
    returned = models.PositiveSmallIntegerField(default=0)
    rejected = models.PositiveSmallIntegerField(default=0)
    reopened = models.PositiveSmallIntegerField(default=0)
    urged = models.PositiveSmallIntegerField(default=0)
    extended = models.PositiveSmallIntegerField(default=0)
    rating = models.PositiveSmallIntegerField(null=True, help_text="1 to 5, after closing")
    routed_by = models.BigIntegerField(null=True, help_text="id of the routing rule that sent it")

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)
    request_key = models.CharField(  # noqa: DJ001  unique where given
        max_length=100, null=True, help_text="idempotency key with its principal"
    )
    request_digest = models.CharField(max_length=64, blank=True)
    search_tokens = ArrayField(models.CharField(max_length=20), default=list)

    # the last step, from which the trigger writes the history
    step_action = models.CharField(max_length=20, choices=Action.choices, default=Action.REPORT)
    step_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    step_at = models.DateTimeField()
    step_note = models.CharField(max_length=1000, blank=True)
    step_data = models.JSONField(default=dict)

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="lead_number_per_district"),
            models.UniqueConstraint(
                fields=["district", "source", "source_ref"],
                condition=~Q(source_ref=""),
                name="lead_of_source_once",
            ),
            models.UniqueConstraint(
                fields=["request_key"], condition=Q(request_key__isnull=False), name="lead_request_once"
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.CLOSED) | ~Q(outcome=""), name="lead_closed_with_outcome"
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None) | Q(handled_by=None) | ~Q(verified_by=models.F("handled_by")),
                name="lead_not_verified_by_handler",
            ),
        ]
        indexes = [
            models.Index(fields=["district", "-id"], name="lead_newest"),
            models.Index(fields=["squad", "-id"], name="lead_of_squad"),
            models.Index(fields=["updated_at", "id"], name="lead_changes"),
            models.Index(fields=["district", "reported_at"], name="lead_reported"),
            models.Index(
                fields=["district", "handle_by"], condition=~Q(stage=Stage.CLOSED), name="lead_open_due"
            ),
            models.Index(
                fields=["squad", "handle_by"], condition=~Q(stage=Stage.CLOSED), name="lead_squad_due"
            ),
            models.Index(
                fields=["officer", "handle_by"], condition=~Q(stage=Stage.CLOSED), name="lead_officer_due"
            ),
            models.Index(fields=["object", "-id"], condition=Q(object__isnull=False), name="lead_of_object"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="lead_parts"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="lead_doubles"),
            models.Index(fields=["recheck_on"], condition=Q(recheck_on__isnull=False), name="lead_recheck"),
            GistIndex(fields=["position"], condition=~Q(stage=Stage.CLOSED), name="lead_open_position"),
            GinIndex(fields=["search_tokens"], name="lead_search"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="record_step",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_RECORD,
            ),
            pgtrigger.Trigger(
                name="note_day",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=NOTE,
            ),
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        """Not closed yet."""
        return self.stage != Stage.CLOSED
