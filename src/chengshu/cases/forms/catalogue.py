"""Which particulars the form of each step asks for (各环节表单). What is not here has a page of its own."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chengshu.cases.forms.fields import F, Kind, Officers, Spec
from chengshu.cases.procedure.rules.decision import CONTENTS
from chengshu.cases.procedure.rules.hearing import CHECKLIST, NOTICE_CONTENTS
from chengshu.cases.procedure.steps import StepKind as K

TWO = Officers.TWO
ME = F("approver", kind=Kind.ME)
PARTY = F("party", _("Party"), Kind.PARTY, required=True)
REASON = F("reason", _("Grounds"), Kind.LONG, required=True)
OPINION = F("opinion", _("Opinion"), Kind.LONG)
NOTE = F("note", _("Note"), Kind.LONG)
BLOCK_NUMBER = _("A number of your own open block. Leave empty for the next number.")
NEXT_OF_YEAR = _("Leave empty for the next number of the year.")
PARTIES_STAY = _("Enter parties only if they change, then all of them; otherwise those of the case stay.")
ANOTHER_ACT = F("another_act", _("If fined before at this place: why this is another act"), Kind.LONG)
LEADER = F("approver", _("Approved by"), Kind.LEADER, required=True)

CHECKED = (
    ("confirmed", _("Offence confirmed")),
    ("unfounded", _("No offence found")),
    ("more", _("To be looked into further")),
)
RECTIFIED = (
    ("done", _("Put right")),
    ("overdue", _("Not put right in time")),
    ("refused", _("Refused to put it right")),
)
DISPOSED = (
    ("returned", _("Returned")),
    ("seized", _("Seized")),
    ("confiscated", _("Confiscated")),
    ("destroyed", _("Destroyed")),
    ("handed_over", _("Handed over to another body")),
)
OPINIONS = (("agree", _("Agrees")), ("amend", _("To be amended")), ("disagree", _("Does not agree")))
RECORDS = (
    ("inquiry", _("Record of questioning")),
    ("inspection", _("Record of on-site inspection")),
    ("survey", _("Record of survey")),
)
SIGNED = (
    ("signed", _("Signed by the party")),
    ("refused", _("The party refused to sign")),
    ("absent", _("The party was not present")),
)
MODES = (
    ("direct", _("Handed over")),
    ("left", _("Left behind")),
    ("posted", _("By post")),
    ("electronic", _("Electronically")),
    ("public_notice", _("By public notice")),
)
PAPERS = (("decision", _("Decision on the penalty")), ("notice", _("Advance notice of the penalty")))
SERVED = (("served", _("Served (reached the party)")), ("failed", _("Not reached")))
METHODS = (
    ("bank", _("Bank")),
    ("online", _("Electronic payment")),
    ("cash", _("Cash on the spot")),
)
REMEDIES = (
    ("reconsideration", _("Administrative review")),
    ("litigation", _("Administrative suit")),
    ("own_motion", _("Corrected by the authority itself")),
)
RESULTS = (
    ("upheld", _("Upheld")),
    ("changed", _("Decision changed")),
    ("annulled", _("Annulled")),
    ("unlawful", _("Found unlawful")),
    ("void", _("Found void")),
    ("rejected", _("Not admitted or rejected")),
    ("withdrawn", _("Withdrawn by the party")),
)
RECEIVERS = (
    ("police", _("Police (suspected crime)")),
    ("authority", _("Another authority")),
    ("inner", _("Another unit of the bureau")),
)

SPECS: dict[K, Spec] = {
    K.CHECK: Spec(
        (
            F("result", _("Result of the check"), Kind.CHOICE, True, CHECKED),
            F("extended", _("The time for the check is extended"), Kind.CHECK),
            NOTE,
        ),
        TWO,
    ),
    K.PROPOSE_FILING: Spec(
        (
            F("cause", _("Cause of action"), Kind.CAUSE, True, start="cause"),
            F("act_on", _("Day of the act"), Kind.DAY, True, start="found_on"),
            F("act_until", _("Last day, if it went on"), Kind.DAY),
            F("harm_to_life_or_finance", _("Harm to life, health or finance"), Kind.CHECK),
            F("area", kind=Kind.CONST, start="area"),
            F("authority", kind=Kind.CONST, start="authority"),
        ),
        TWO,
        parties="parties",
    ),
    K.APPROVE_FILING: Spec((ME, OPINION), quick=True),
    K.REFUSE_FILING: Spec((ME, REASON), grave=True),
    K.RECUSE: Spec(
        (
            F("officer", _("Officer concerned"), Kind.OFFICER, True),
            F("accepted", _("The officer is recused"), Kind.YES_NO, True),
            REASON,
            ME,
        )
    ),
    K.ASSIGN: Spec((REASON,), Officers.CHANGE),
    K.INQUIRE: Spec(
        (
            F("record_kind", _("Kind of record"), Kind.CHOICE, True, RECORDS),
            F("who", _("Who was questioned or was present"), Kind.TEXT),
            F("record", _("What was found and said"), Kind.LONG, True),
            F("id_shown", _("The officers showed their certificates"), Kind.CHECK),
            F("signed", _("Signature"), Kind.CHOICE, True, SIGNED),
            F("witness", _("Witness"), Kind.TEXT),
        ),
        TWO,
    ),
    K.ORDER_RECTIFY: Spec(
        (
            PARTY,
            F("what", _("What must be put right"), Kind.LONG, True, start="cause_name"),
            F("due_on", _("To be put right by"), Kind.DAY, True),
        ),
        TWO,
    ),
    K.RECTIFY_RESULT: Spec(
        (PARTY, F("result", _("Result of the check"), Kind.CHOICE, True, RECTIFIED), NOTE), TWO
    ),
    K.PRESERVE: Spec((F("items", _("What is preserved, one a line"), Kind.ITEMS, True), LEADER), TWO),
    K.DISPOSE_PRESERVED: Spec((F("outcome", _("Disposal"), Kind.CHOICE, True, DISPOSED), NOTE), TWO),
    K.SEIZE: Spec(
        (
            F("items", _("What is seized, one a line"), Kind.ITEMS, True),
            F("approver", _("Approved by"), Kind.LEADER),
            F("emergency", _("It could not wait"), Kind.CHECK),
            F("reported_at", _("Reported to the head at"), Kind.MOMENT),
            F("stored_at", _("Kept at"), Kind.TEXT),
        ),
        TWO,
    ),
    K.EXTEND_SEIZURE: Spec((F("until", _("Until"), Kind.DAY, True), REASON, ME)),
    K.RELEASE_SEIZURE: Spec((F("outcome", _("Disposal"), Kind.CHOICE, True, DISPOSED), NOTE), TWO),
    K.CONFIRM_MEASURE: Spec((F("approved", _("The measure is approved"), Kind.YES_NO, True), NOTE, ME)),
    K.CHANGE_SUBJECT: Spec(
        (
            F("cause", _("Cause of action"), Kind.CAUSE, True, start="cause"),
            F("act_on", _("Day of the act"), Kind.DAY, True, start="found_on"),
            F("act_until", _("Last day, if it went on"), Kind.DAY, start="act_until"),
            F("harm_to_life_or_finance", _("Harm to life, health or finance"), Kind.CHECK),
            F("reason", _("Grounds"), Kind.LONG, True, help=PARTIES_STAY),
            ME,
        ),
        parties="parties",
        parties_stay=True,
    ),
    K.REPORT: Spec(
        (
            F("facts", _("Facts found"), Kind.LONG, True, start="facts"),
            F("complex", _("A complex or serious case"), Kind.CHECK),
        ),
        TWO,
        outcomes="proposals",
    ),
    K.SEND_BACK: Spec((F("reason", _("What is to be investigated or mended"), Kind.LONG, True), ME)),
    K.LEGAL_REVIEW: Spec(
        (
            F("reviewer", kind=Kind.ME),
            *(F(name, label, Kind.CHECK) for name, label in CHECKLIST.items()),
            F("opinion", _("Opinion"), Kind.CHOICE, True, OPINIONS),
            F("qualified", _("The reviewer holds the legal profession qualification"), Kind.CHECK),
            NOTE,
        )
    ),
    K.DISCUSS: Spec(
        (
            F("participants", _("Leaders present, one a line"), Kind.LINES, True, start="my_name"),
            F("conclusion", _("Conclusion"), Kind.LONG, True),
        )
    ),
    K.NOTICE: Spec(
        (
            PARTY,
            F("hearing_right", _("Tells of the right to a hearing"), Kind.CHECK, start="hearing_due"),
            F("served_on", _("Handed over on"), Kind.DAY, start="today"),
            F("contents", kind=Kind.CONST, start=list(NOTICE_CONTENTS)),
        ),
        TWO,
        outcome="proposal",
    ),
    K.STATEMENT: Spec(
        (
            PARTY,
            F("made", _("The party made a statement"), Kind.YES_NO, True),
            F("text", _("What the party said"), Kind.LONG),
            F("waived", _("Expressly waives statement and defence"), Kind.CHECK),
            F("hearing_waived", _("Waives the hearing"), Kind.CHECK),
        )
    ),
    K.REVIEW_STATEMENT: Spec((PARTY, F("accepted", _("Accepted"), Kind.YES_NO, True), REASON)),
    K.REQUEST_HEARING: Spec((PARTY, F("text", _("Request"), Kind.LONG))),
    K.HEARING_NOTICE: Spec(
        (
            F("hearing_on", _("Day of the hearing"), Kind.DAY, True),
            F("place", _("Place"), Kind.TEXT),
            F("chair", _("Chair"), Kind.OUTSIDER, True),
        )
    ),
    K.HOLD_HEARING: Spec(
        (
            F("chair", _("Chair"), Kind.OUTSIDER, True, start="chair"),
            F("record", _("Record of the hearing"), Kind.LONG, True),
            F("conclusion", _("Conclusion"), Kind.LONG),
        )
    ),
    K.PROPOSE_DECISION: Spec((ANOTHER_ACT, NOTE), outcomes="proposals"),
    K.APPROVE_DECISION: Spec(
        (ME, OPINION, F("contents", kind=Kind.CONST, start=list(CONTENTS))), outcomes="outcomes"
    ),
    K.SIMPLE_SCENE: Spec(
        (
            F("cause", _("Cause of action"), Kind.CAUSE, True, start="cause"),
            F("act_on", _("Day of the act"), Kind.DAY, True, start="found_on"),
            F("facts", _("Facts found"), Kind.LONG, True, start="facts"),
            F("id_shown", _("The officers showed their certificates"), Kind.CHECK),
            F("told", _("The party was told facts, ground and rights"), Kind.CHECK),
            F("heard", _("The party was heard, or waived it"), Kind.CHECK),
            F("statement", _("What the party said"), Kind.LONG),
        ),
        TWO,
        parties="party",
    ),
    K.SIMPLE_DECISION: Spec(
        (
            F("number", _("Number of the paper"), help=BLOCK_NUMBER),
            ANOTHER_ACT,
            F("contents", kind=Kind.CONST, start=list(CONTENTS)),
        ),
        TWO,
        outcomes="outcomes",
    ),
    K.SIMPLE_RECORD: Spec(quick=True),
    K.SERVE: Spec(
        (
            PARTY,
            F("document", _("Document"), Kind.CHOICE, True, PAPERS, start="paper"),
            F("mode", _("Way of service"), Kind.CHOICE, True, MODES),
            F("result", _("Result"), Kind.CHOICE, True, SERVED),
            F("served_on", _("Served on"), Kind.DAY, start="today"),
            F("receiver", _("Received by"), Kind.TEXT, help=_("Leave empty if it was the party itself.")),
            F("relation", _("Relation to the party"), Kind.TEXT),
            F("witness", _("Witness"), Kind.TEXT),
            F("recording", _("Photographed or filmed"), Kind.CHECK),
            F("receipt", _("Number of the postal receipt"), Kind.TEXT),
            F("consent", _("The party has signed its consent"), Kind.CHECK),
            F("published_on", _("Published on"), Kind.DAY),
        ),
        TWO,
    ),
    K.PAY: Spec(
        (
            PARTY,
            F("amount", _("Amount (yuan)"), Kind.MONEY, True, start="owed"),
            F("method", _("Way of payment"), Kind.CHOICE, True, METHODS),
            F("receipt", _("Number of the receipt"), Kind.TEXT),
            F("hard_to_collect", _("It could hardly be collected later"), Kind.CHECK),
        ),
        quick=True,
    ),
    K.ALLOW_LATER_PAYMENT: Spec((PARTY, F("until", _("Until"), Kind.DAY, True), REASON, ME)),
    K.LATE_CHARGE: Spec((PARTY, F("amount", _("Amount (yuan)"), Kind.MONEY, True))),
    K.REMIND: Spec((PARTY, NOTE)),
    K.APPLY_TO_COURT: Spec((PARTY, F("court", _("Court"), Kind.TEXT, True))),
    K.ENFORCED: Spec((PARTY, NOTE)),
    K.CONTEST: Spec(
        (
            PARTY,
            F("remedy", _("What has been begun"), Kind.CHOICE, True, REMEDIES),
            F("body", _("Reviewing authority, court, or the authority itself"), Kind.TEXT, True),
            F("begun_on", _("Begun on"), Kind.DAY, True, start="today"),
            F("stayed", _("Execution is suspended"), Kind.CHECK),
            NOTE,
        )
    ),
    K.CONTEST_ANSWER: Spec((PARTY, NOTE)),
    K.CONTEST_RESULT: Spec(
        (
            PARTY,
            F("result", _("Outcome of it"), Kind.CHOICE, True, RESULTS),
            F("number", _("Number of the decision or judgment"), Kind.TEXT, True),
            F("effective_on", _("Took effect on"), Kind.DAY, True),
            F("fine", _("Fine as changed (yuan)"), Kind.MONEY),
            F("confiscated", _("Gains confiscated as changed (yuan)"), Kind.MONEY),
            F("counter_request", _("A third party had asked for the contrary"), Kind.CHECK),
            F("again", _("A new decision was ordered"), Kind.CHECK),
            NOTE,
        )
    ),
    K.REFUND: Spec((PARTY, F("amount", _("Amount (yuan)"), Kind.MONEY, True, start="refund"), NOTE)),
    K.REOPEN: Spec((REASON, ME)),
    K.CLOSE: Spec(
        (
            ME,
            NOTE,
            F("not_disclosed_because", _("If it is not disclosed: why"), Kind.TEXT),
        ),
        quick=True,
    ),
    K.ARCHIVE: Spec(
        (
            F("archive_number", _("Archive number"), hint="archive_number", help=NEXT_OF_YEAR),
            F("retention_years", _("Years to be kept"), Kind.NUMBER),
        ),
        quick=True,
    ),
    K.DISCLOSE: Spec((F("masked", kind=Kind.CONST, start=True),), quick=True),
    K.WITHDRAW_DISCLOSURE: Spec((REASON,)),
    K.TRANSFER: Spec(
        (
            F("to_kind", _("Kind of receiver"), Kind.CHOICE, True, RECEIVERS),
            F("to", _("Transferred to"), Kind.TEXT, True),
            F("decided_at", _("Decided at"), Kind.MOMENT),
            REASON,
            ME,
        ),
        grave=True,
    ),
    K.WITHDRAW: Spec((REASON, ME), grave=True),
    K.SUSPEND: Spec((REASON, ME)),
    K.RESUME: Spec((REASON,)),
    K.END: Spec((REASON, ME), grave=True),
    K.CORRECT: Spec(
        (
            F("step", _("Step concerned"), Kind.STEP, True),
            F("text", _("What is corrected"), Kind.LONG, True),
        )
    ),
}

# The steps that carry a case forward, in the order in which they are offered; all others are kept apart.
FORWARD = (
    K.CHECK, K.PROPOSE_FILING, K.SIMPLE_SCENE, K.SIMPLE_DECISION, K.APPROVE_FILING, K.REFUSE_FILING,
    K.CONFIRM_MEASURE, K.INQUIRE, K.ORDER_RECTIFY,
    K.RECTIFY_RESULT, K.REPORT, K.LEGAL_REVIEW, K.DISCUSS, K.NOTICE, K.STATEMENT, K.REVIEW_STATEMENT,
    K.HEARING_NOTICE, K.HOLD_HEARING, K.PROPOSE_DECISION, K.APPROVE_DECISION, K.SIMPLE_RECORD, K.SERVE, K.PAY,
    K.DISCLOSE, K.CLOSE, K.ARCHIVE, K.RESUME,
)  # fmt: skip
