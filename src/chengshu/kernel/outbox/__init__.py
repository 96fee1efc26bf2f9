"""The outbox: what leaves the house is written down in the transaction that causes it, and sent afterwards.

``enqueue("mail", "a@b.cn", payload, key="lead:12:overdue")`` costs one insert and never fails because of the
other side. A sender takes what is due, tries again with growing pauses, and lays aside what cannot be
delivered for an administrator. Delivery is at least once: a sender killed between the other side's "yes" and
its own note sends again, with the same ``uid``.
"""

from .channels import Channel, Permanent, Temporary, channel, channels, register
from .queue import Draft, enqueue, enqueue_many
from .sending import drain

__all__ = [
    "Channel",
    "Draft",
    "Permanent",
    "Temporary",
    "channel",
    "channels",
    "drain",
    "enqueue",
    "enqueue_many",
    "register",
]
