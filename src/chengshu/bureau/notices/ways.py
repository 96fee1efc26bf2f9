"""The ways of notices as channels of the outbox: e-mail is the kernel's, WeCom's two are registered here."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_noop as _

from chengshu.bureau.models import Level, NoticeRoute
from chengshu.kernel.models import OutgoingMessage
from chengshu.kernel.outbox import Channel, Permanent, mail, register, wecom
from chengshu.kernel.outbox.channels import Send
from chengshu.kernel.secrets import unseal

Way = NoticeRoute.Way
CHANNELS: dict[str, str] = {Way.MAIL: mail.NAME, Way.WECOM: "wecom", Way.ROBOT: "wecom_robot"}
COLOURS = {"info": "info", "warn": "comment", "alarm": "warning"}  # the three that WeCom's markdown knows


def app() -> wecom.App | None:
    """The application of the settings, None while it is not set up."""
    conf: dict[str, Any] = settings.WECOM
    if not (conf["corp_id"] and conf["agent_id"] and conf["secret"]):
        return None
    return wecom.App(conf["base"], conf["corp_id"], conf["agent_id"], conf["secret"])


def ready(way: str) -> bool:
    """Whether the operator has set up what the way needs. A robot needs only its own key."""
    if way == Way.MAIL:
        return mail.ready()
    return way == Way.ROBOT or app() is not None


def body(text: str, url: str) -> str:
    """The text of a mail: what is said, then where to look."""
    link = settings.PUBLIC_URL + url if url and settings.PUBLIC_URL else ""
    return "\n\n".join(part for part in (text, link) if part)


def markdown(payload: dict[str, str]) -> str:
    """A notice as WeCom's markdown. What people typed cannot become markup."""
    level = payload.get("level", "info")
    with translation.override(settings.LANGUAGE_CODE):  # a chat group reads the house's language
        mark, look = Level(level).label, gettext("Open")
    lines = [f'<font color="{COLOURS.get(level, "info")}">{mark}</font> **{_plain(payload["title"])}**']
    if payload.get("text"):
        lines.append(_plain(payload["text"]))
    if payload.get("url"):
        lines.append(f"[{look}]({payload['url']})")
    return "\n".join(lines)


def _plain(text: str) -> str:
    table: dict[str, str | int | None] = {
        "<": "＜",
        ">": "＞",
        "*": "＊",
        "`": "｀",
        "[": "［",
        "]": "］",
        "#": "＃",
    }
    return text.translate(str.maketrans(table))


def _to_person(message: OutgoingMessage) -> Send:
    application = app()
    if application is None:
        raise Permanent(_("No WeCom application is set up."))
    payload = message.payload
    return partial(
        wecom.send_to_person,
        application,
        message.target,
        payload.get("title", ""),
        payload.get("text", ""),
        payload.get("url", ""),
        timeout=settings.OUTBOX_TIMEOUT,
    )


def _to_group(message: OutgoingMessage) -> Send:
    route = NoticeRoute.objects.filter(pk=int(message.target), way=Way.ROBOT).first()
    if route is None or not route.active:
        raise Permanent(_("The group robot has been removed or switched off."))
    key = unseal(route.secret)
    text = markdown(message.payload)
    return partial(
        wecom.send_to_robot, str(settings.WECOM["base"]), key, text, timeout=settings.OUTBOX_TIMEOUT
    )


def _robot_lane(target: str) -> str:
    return f"wecom_robot:{target}"


def _nothing(_target: str) -> str:
    """The number of a rule tells nobody anything; the title names the group."""
    return ""


def register_channels() -> None:
    """Make WeCom's two ways known to the outbox."""
    register(Channel(CHANNELS[Way.WECOM], gettext_lazy("WeCom message"), _to_person))
    register(
        Channel(
            CHANNELS[Way.ROBOT],
            gettext_lazy("Group robot"),
            _to_group,
            lane=_robot_lane,
            width=1,
            spacing=wecom.ROBOT_SPACING,
            show=_nothing,
        )
    )
