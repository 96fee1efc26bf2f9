"""Positions that the app took while it was open and its officer on duty."""

from __future__ import annotations

from django.utils.translation import gettext as _

from chengshu.field import kinds
from chengshu.field.kinds import Done, Outcome, Sent
from chengshu.patrol.services import tracks


@kinds.register("positions", "patrol.work", fleeting=True)
def positions(sent: Sent) -> Done:
    """Keep them; those off duty are counted and forgotten."""
    points, problem = tracks.from_device(sent.user.pk, sent.data.get("points"), sent.clock_offset_s)
    if problem:
        return Done(Outcome.REFUSED, (problem,))
    taken = tracks.ingest(points, now=sent.received_at)
    messages = []
    if taken.off_duty:
        messages.append(_("%(n)s positions outside your duty were not stored.") % {"n": taken.off_duty})
    if taken.refused:
        sentence = _("%(n)s positions were left out: %(why)s")
        messages.append(sentence % {"n": len(taken.refused), "why": taken.refused[0][1]})
    return Done(messages=tuple(messages), result={"stored": taken.stored, "off_duty": taken.off_duty})
