"""E-mail. Target: an address. Payload: ``subject`` and ``text``."""

from __future__ import annotations

import hashlib
import smtplib
from functools import partial

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.utils import DNS_NAME
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from chengshu.kernel.models import OutgoingMessage
from chengshu.kernel.outbox.channels import Channel, Permanent, Send, Temporary, register

NAME = "mail"


def ready() -> bool:
    """Whether a mail server is set."""
    return bool(settings.MAIL_READY)


def hide(address: str) -> str:
    """An address as an administrator may see it: ``w***@example.cn``."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}"


def prepare(message: OutgoingMessage) -> Send:
    """Check the address and build the mail."""
    if not ready():
        raise Permanent(_("No mail server is set up."))
    try:
        validate_email(message.target)
    except ValidationError:
        raise Permanent(_("The address is not valid.")) from None
    payload = message.payload
    subject = " ".join(str(payload.get("subject", "")).split())
    stable = hashlib.sha256(f"{message.pk}:{message.uid}".encode()).hexdigest()[:32]
    mail = EmailMessage(
        subject=subject,
        body=str(payload.get("text", "")),
        to=[message.target],
        headers={"Message-ID": f"<{stable}@{DNS_NAME}>", "Auto-Submitted": "auto-generated"},
    )
    return partial(_send, mail)


def _send(mail: EmailMessage) -> None:
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _text in error.recipients.values()), 0)
        _refused(code, whole_lane=False)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        _refused(error.smtp_code, whole_lane=isinstance(error, smtplib.SMTPSenderRefused))
    except smtplib.SMTPAuthenticationError:
        raise Temporary(_("The mail server refuses our account.")) from None
    except (smtplib.SMTPException, OSError):
        raise Temporary(_("The mail server cannot be reached.")) from None


def _refused(code: int, *, whole_lane: bool) -> None:
    """RFC 5321: 4yz may pass later, 5yz will not. A refused sender is for the operator to put right."""
    if 500 <= code < 600 and not whole_lane:
        raise Permanent(_("The mail server refuses it (%(code)s)."), code=code) from None
    raise Temporary(_("The mail server refuses it (%(code)s)."), whole_lane=whole_lane, code=code) from None


register(Channel(NAME, gettext_lazy("Mail"), prepare, show=hide))
