"""Answers to reporters by e-mail, once their lead is closed. Who left only a phone number stays on the page.

A reporter counts as told when the mail server has taken the mail, not before: an answer that cannot be
delivered leaves him on the page of those to inform.
"""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from chengshu.bureau.models import Unit
from chengshu.kernel import outbox
from chengshu.kernel.models import OutgoingMessage
from chengshu.kernel.outbox import Channel, mail
from chengshu.leads.lifecycle import Action, Outcome
from chengshu.leads.models import LeadReporter

from .changing import Change, LeadProblem, follow
from .informing import ToInform, inform, mark_informed
from .notifying import is_news

CHANNEL = "lead_answer"
ENDS = {
    Outcome.ADVISED: gettext_noop("Our officers went there, and it was put right on the spot."),
    Outcome.ORDERED: gettext_noop("Our officers ordered it to be put right; a re-check found that it was."),
    Outcome.CASE: gettext_noop("Our officers have opened a penalty case; it goes on as the law prescribes."),
    Outcome.PASSED_ON: gettext_noop(
        "It is for another body to deal with; we have passed it on to: %(body)s."
    ),
    Outcome.UNFOUNDED: gettext_noop("Our officers looked into it and did not find what was reported."),
    Outcome.LEGAL: gettext_noop("Our officers looked into it and found it to be lawful."),
    Outcome.NOT_OURS: gettext_noop("It is not among the duties of our bureau."),
    Outcome.SPLIT: gettext_noop("It was dealt with in several parts, all of which are settled."),
}


def register() -> None:
    """Make the way known to the outbox: a mail, after which the reporter has been told."""
    label = gettext_lazy("Answer to a reporter")
    channel = Channel(CHANNEL, label, mail.prepare, lane=_lane, settled=_settled, show=mail.hide)
    outbox.register(channel)


@follow(Action.CLOSE, Action.DISMISS)
def _closed(change: Change) -> None:
    """Write the answers down in the transaction that closes the lead."""
    if not mail.ready() or not is_news(change.lead):
        return
    waiting = [one for one in inform(change.lead) if one.reporter.email]
    if not waiting:
        return
    bureau = Unit.objects.filter(district=change.lead.district_id, kind=Unit.Kind.BUREAU).first()
    with translation.override(settings.LANGUAGE_CODE):  # nobody knows the reporter's language
        outbox.enqueue_many([_draft(one, bureau.label if bureau else "") for one in waiting])


def _draft(one: ToInform, bureau: str) -> outbox.Draft:
    subject = _("Answer to your report %(number)s") % {"number": one.reported.number}
    return outbox.Draft(
        channel=CHANNEL,
        target=one.reporter.email,
        payload={"subject": subject, "text": letter(one, bureau), "reporter": one.reporter.pk},
        key=f"lead:{one.ended.pk}:answer:{one.reporter.pk}:{one.ended.version}",
        title=subject,
        district_id=one.reported.district_id,
    )


def letter(one: ToInform, bureau: str) -> str:
    """The answer in the language of the house: number, what was reported, how it ended. It names nobody."""
    lead, ended = one.reported, one.ended
    reported = date_format(timezone.localtime(lead.reported_at), "DATE_FORMAT")
    paragraphs = [
        _("Dear Sir or Madam,"),
        _("on %(day)s you reported to us: %(what)s (number %(number)s).")
        % {"day": reported, "what": lead.lead_class.label, "number": lead.number},
        _(ENDS[Outcome(ended.outcome)]) % {"body": ended.passed_to},
        _("Thank you for your report. This mail was written by a machine; please do not answer it."),
        bureau,
    ]
    return "\n\n".join(part for part in paragraphs if part)


def _lane(_target: str) -> str:
    """The same mail server as for notices."""
    return mail.NAME


def _settled(message: OutgoingMessage) -> None:
    """Once it has left, the reporter has been told; who was told by phone meanwhile stays as he is."""
    if message.state != OutgoingMessage.State.SENT:
        return
    reporter = LeadReporter.objects.filter(pk=message.payload["reporter"]).first()
    if reporter is None:
        return
    with translation.override(settings.LANGUAGE_CODE):  # the history speaks the language of the house
        how = _("by e-mail")
        try:
            mark_informed(reporter, how, by=None)
        except LeadProblem:
            return  # told already, or reopened meanwhile: there will be another answer
