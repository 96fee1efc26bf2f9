"""What can happen to a lead: one function per thing, each in one transaction."""

from .changing import LeadProblem, change, lock
from .dispatching import assign, dispatch, give_back, register, route, transfer
from .handling import accept, arrive, handle, link_case, order, pass_on, receive_answer, recheck
from .joining import merge, split
from .reporting import Attachment, NewLead, Reporter, add_attachment, report, report_many
from .settling import close, dismiss, evaluate, reject, reopen, verify
from .timing import ask_extension, grant_extension, hold, refuse_extension, remark, resume, urge

__all__ = [
    "Attachment",
    "LeadProblem",
    "NewLead",
    "Reporter",
    "accept",
    "add_attachment",
    "arrive",
    "ask_extension",
    "assign",
    "change",
    "close",
    "dismiss",
    "dispatch",
    "evaluate",
    "give_back",
    "grant_extension",
    "handle",
    "hold",
    "link_case",
    "lock",
    "merge",
    "order",
    "pass_on",
    "receive_answer",
    "recheck",
    "refuse_extension",
    "register",
    "reject",
    "remark",
    "reopen",
    "report",
    "report_many",
    "resume",
    "route",
    "split",
    "transfer",
    "urge",
    "verify",
]
