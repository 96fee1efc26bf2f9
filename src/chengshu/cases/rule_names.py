"""What the rules of the file review are called on pages and in lists (评查项目)."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from chengshu.cases.procedure.rules import Weight

WEIGHT_NAMES = {
    Weight.GRAVE: pgettext_lazy("file review", "Grave"),
    Weight.SERIOUS: pgettext_lazy("file review", "Serious"),
    Weight.SLIGHT: pgettext_lazy("file review", "Slight"),
}

RULE_NAMES = {
    "order": pgettext_lazy("file review", "Order of the steps"),
    "particulars": pgettext_lazy("file review", "Particulars of a step"),
    "dates": pgettext_lazy("file review", "Dates of the steps"),
    "two-officers": pgettext_lazy("file review", "Two officers"),
    "certificate": pgettext_lazy("file review", "Enforcement certificates"),
    "recusal": pgettext_lazy("file review", "Recusal"),
    "show-id": pgettext_lazy("file review", "Certificates shown"),
    "own-approval": pgettext_lazy("file review", "Investigation and decision kept apart"),
    "own-review": pgettext_lazy("file review", "Independence of the legal reviewer"),
    "chair": pgettext_lazy("file review", "Chair of the hearing"),
    "limitation": pgettext_lazy("file review", "Limitation"),
    "act-after-step": pgettext_lazy("file review", "Date of the act"),
    "party-key": pgettext_lazy("file review", "Parties told apart"),
    "party-kind": pgettext_lazy("file review", "Cause and party"),
    "lead-late": pgettext_lazy("file review", "Period for verifying leads"),
    "rectify-early": pgettext_lazy("file review", "Time left by the order to rectify"),
    "evidence-missing": pgettext_lazy("file review", "Evidence"),
    "evidence-original": pgettext_lazy("file review", "Originals of evidence"),
    "offsite-evidence": pgettext_lazy("file review", "Device records as evidence"),
    "preserve-late": pgettext_lazy("file review", "Period of preservation"),
    "nothing-held": pgettext_lazy("file review", "Only what is held is given back"),
    "things-held": pgettext_lazy("file review", "Nothing held when a case ends"),
    "seizure-approval": pgettext_lazy("file review", "Approval of the seizure"),
    "measure-confirmation": pgettext_lazy("file review", "Confirmation of a measure"),
    "confirmation-late": pgettext_lazy("file review", "Confirmation in time"),
    "measure-unconfirmed": pgettext_lazy("file review", "Measures confirmed by the head"),
    "seizure-basis": pgettext_lazy("file review", "Basis of the seizure"),
    "seizure-list": pgettext_lazy("file review", "List of seized things"),
    "seizure-extension": pgettext_lazy("file review", "Extension of the seizure"),
    "seizure-late": pgettext_lazy("file review", "Period of the seizure"),
    "notice-contents": pgettext_lazy("file review", "Contents of the notice"),
    "notice-hearing-right": pgettext_lazy("file review", "Hearing right told"),
    "notice-missing": pgettext_lazy("file review", "Advance notice"),
    "statement-heard": pgettext_lazy("file review", "Statement and defence heard"),
    "heavier": pgettext_lazy("file review", "No heavier penalty after a defence"),
    "hearing": pgettext_lazy("file review", "Hearing"),
    "hearing-notice-early": pgettext_lazy("file review", "Notice of the hearing in time"),
    "hearing-request-late": pgettext_lazy("file review", "Request for a hearing in time"),
    "legal-review": pgettext_lazy("file review", "Legal review"),
    "review-checklist": pgettext_lazy("file review", "Points of the legal review"),
    "discussion": pgettext_lazy("file review", "Group discussion"),
    "basis": pgettext_lazy("file review", "Basis of the decision as stated"),
    "outcome-missing": pgettext_lazy("file review", "Decision on every party"),
    "one-fine": pgettext_lazy("file review", "One fine for one act"),
    "fined-elsewhere": pgettext_lazy("file review", "Fined in another case for the same act"),
    "fined-otherwise": pgettext_lazy("file review", "Fined in another case under another provision"),
    "fine-range": pgettext_lazy("file review", "Range of the fine"),
    "offence-ended": pgettext_lazy("file review", "Offence still in force"),
    "tier": pgettext_lazy("file review", "Discretion tier"),
    "mitigation-ground": pgettext_lazy("file review", "Ground of the mitigation"),
    "order-first": pgettext_lazy("file review", "Order to rectify before the fine"),
    "minor": pgettext_lazy("file review", "Minors"),
    "simple-limit": pgettext_lazy("file review", "Limit of the simple procedure"),
    "simple-heard": pgettext_lazy("file review", "Party heard on the spot"),
    "simple-record-late": pgettext_lazy("file review", "On-the-spot decision filed in time"),
    "number-block": pgettext_lazy("file review", "Number from one's own block"),
    "served-signatures": pgettext_lazy("file review", "Signatures of a decision served offline"),
    "served-scene": pgettext_lazy("file review", "Scene of a decision served offline"),
    "served-place": pgettext_lazy("file review", "Area of the officers"),
    "served-authority": pgettext_lazy("file review", "Authority of a decision served offline"),
    "served-clock": pgettext_lazy("file review", "Clock of the device"),
    "contents": pgettext_lazy("file review", "Contents of the decision"),
    "number-missing": pgettext_lazy("file review", "Number of the decision"),
    "authority": pgettext_lazy("file review", "Competent authority"),
    "decision-late": pgettext_lazy("file review", "Period for the decision"),
    "exemption": pgettext_lazy("file review", "No penalty"),
    "service-late": pgettext_lazy("file review", "Service in time"),
    "service-date": pgettext_lazy("file review", "Day of service"),
    "service-mode": pgettext_lazy("file review", "Way of service"),
    "cash-limit": pgettext_lazy("file review", "Cash on the spot"),
    "overpaid": pgettext_lazy("file review", "Amount paid"),
    "late-charge": pgettext_lazy("file review", "Amount of the late charge"),
    "reminder-early": pgettext_lazy("file review", "Reminder only when due"),
    "court-reminder": pgettext_lazy("file review", "Conditions of going to court"),
    "contest": pgettext_lazy("file review", "Course of review or suit"),
    "contest-result": pgettext_lazy("file review", "Outcome of review or suit"),
    "execution-stayed": pgettext_lazy("file review", "No execution while it is suspended"),
    "refund": pgettext_lazy("file review", "Amount refunded"),
    "reopen": pgettext_lazy("file review", "Taking up again after annulment"),
    "withdrawal-late": pgettext_lazy("file review", "Withdrawal of the disclosure in time"),
    "withdrawal-missing": pgettext_lazy("file review", "Disclosure of what was annulled"),
    "disclosure-undone": pgettext_lazy("file review", "Disclosure of an annulled decision"),
    "close": pgettext_lazy("file review", "Conditions of closing"),
    "disclosure-late": pgettext_lazy("file review", "Disclosure in time"),
    "disclosure-masked": pgettext_lazy("file review", "Names masked in the disclosure"),
    "disclosure-missing": pgettext_lazy("file review", "Disclosure"),
    "withdrawal-reason": pgettext_lazy("file review", "Withdrawal of the disclosure"),
    "police-late": pgettext_lazy("file review", "Handover to the police in time"),
}


def rule_name(code: str) -> str:
    """The name of a rule in the language of the page, its code where it has none."""
    return str(RULE_NAMES.get(code, code))


def weight_name(code: str) -> str:
    """The name of a weight in the language of the page."""
    return str(WEIGHT_NAMES[Weight(code)])
