"""Forms of notices, their ways, webhooks and outgoing messages."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.forms import SEARCH, unit_choices
from chengshu.bureau.models import Level, NoticePreference, NoticeRoute, Unit, User, WebhookSubscription
from chengshu.bureau.notices import kinds
from chengshu.bureau.notices.setup import PERMISSION as CONFIGURE
from chengshu.kernel.models import OutgoingMessage
from chengshu.kernel.outbox import channels

ALL = [("", _("All"))]
TIME = {"type": "time"}


class NoticeFilter(forms.Form):
    """通知列表的筛选."""

    state = forms.ChoiceField(label=_("Status"), required=False, choices=[*ALL, ("unread", _("Unread"))])
    level = forms.ChoiceField(label=_("Level"), required=False, choices=[*ALL, *Level.choices])


class PreferenceForm(forms.Form):
    """个人通知设置."""

    mail = forms.ChoiceField(label=_("Mail"), choices=NoticePreference.Wish.choices)
    wecom = forms.ChoiceField(label=_("WeCom message"), choices=NoticePreference.Wish.choices)
    wecom_account = forms.CharField(
        label=_("WeCom account"),
        max_length=64,
        required=False,
        help_text=_("Empty: the same as your account here."),
    )
    quiet_from = forms.TimeField(label=_("Quiet from"), required=False, widget=forms.TimeInput(attrs=TIME))
    quiet_to = forms.TimeField(
        label=_("Quiet until"),
        required=False,
        widget=forms.TimeInput(attrs=TIME),
        help_text=_("Meanwhile messages wait; alarms come at once all the same."),
    )

    def __init__(self, *args: Any, wish: NoticePreference, **kwargs: Any) -> None:
        initial = {name: getattr(wish, name) for name in self.base_fields}
        super().__init__(*args, **{"initial": initial, **kwargs})


class RouteForm(forms.Form):
    """通知渠道."""

    unit = forms.ChoiceField(label=_("Unit"))
    way = forms.ChoiceField(label=_("Channel"), choices=NoticeRoute.Way.choices)
    name = forms.CharField(label=_("Name"), max_length=60, required=False)
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of notices"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all kinds."),
    )
    least = forms.ChoiceField(label=_("From level"), choices=Level.choices)
    key = forms.CharField(
        label=_("Address or key of the robot"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, user: User, route: NoticeRoute | None = None, **kwargs: Any) -> None:
        if route is not None:
            kwargs["initial"] = {
                "unit": str(route.unit_id),
                "way": route.way,
                "name": route.name,
                "kinds": route.kinds,
                "least": route.least,
                "active": route.active,
            }
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = unit_choices(user, CONFIGURE)  # type: ignore[attr-defined]
        known = {kind.code: kind.label for kind in kinds().values()}
        chosen = {code: code for code in (route.kinds if route else []) if code not in known}
        self.fields["kinds"].choices = list({**known, **chosen}.items())  # type: ignore[attr-defined]
        if route is not None:
            self.fields["way"].disabled = True
            if route.way == NoticeRoute.Way.ROBOT:
                self.fields["key"].help_text = _("Empty: the key stays as it is.")
            else:
                del self.fields["key"]

    def clean_unit(self) -> Unit:
        """The unit itself."""
        return Unit.objects.get(pk=int(self.cleaned_data["unit"]))


class WebhookForm(forms.Form):
    """事件推送."""

    name = forms.CharField(label=_("Name"), max_length=60)
    url = forms.CharField(
        label=_("Receiving address"),
        max_length=500,
        help_text=_("https:// and a server that everybody can reach; redirects are not followed."),
    )
    topics = forms.CharField(
        label=_("Topics"),
        max_length=1000,
        required=False,
        help_text=_("Divided by spaces or commas, for example: lead case. Empty: all."),
    )
    active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *args: Any, webhook: WebhookSubscription | None = None, **kwargs: Any) -> None:
        if webhook is not None:
            kwargs["initial"] = {
                "name": webhook.name,
                "url": webhook.url,
                "topics": " ".join(webhook.topics),
                "active": webhook.active,
            }
        super().__init__(*args, **kwargs)
        if webhook is None:
            del self.fields["active"]

    def clean_topics(self) -> list[str]:
        """The topics one by one."""
        return [topic for topic in re.split(r"[\s,，、;；]+", self.cleaned_data["topics"]) if topic]


class OutboxFilter(forms.Form):
    """外发消息的筛选."""

    q = forms.CharField(label=_("Search"), required=False, max_length=60, widget=SEARCH)
    state = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("Undeliverable")),
            *[(state, label) for state, label in OutgoingMessage.State.choices if state != "dead"],
            ("all", _("All")),
        ],
    )
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, channel.label) for name, channel in sorted(channels().items())]
        self.fields["channel"].choices = [*ALL, *choices]  # type: ignore[attr-defined]


class GiveUpForm(forms.Form):
    """放弃发送的原因."""

    reason = forms.CharField(label=_("Reason"), min_length=2, max_length=200)
