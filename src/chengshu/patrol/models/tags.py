"""Tags without a battery at the points, and the keys by which they prove themselves."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District

from .beats import BeatPoint


class TagKeySet(models.Model):
    """标签密钥: the master keys from which the keys of single tags are derived; sealed (`kernel.secrets`)."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    meta_key_sealed = models.TextField(help_text="hex; reads UID and counter (SDM meta read key)")
    file_key_sealed = models.TextField(help_text="hex; makes the MAC and reads file data (SDM file read key)")
    diversified = models.BooleanField(default=True, help_text="whether the file key differs by tag")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["district", "name"], name="tag_key_name_once")]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """标签: one mounting of a tag at a point; ``code`` stands in its URL (``/t/<code>``).

    A tag that is written anew counts its reads from zero: it is taken down and mounted as another row.
    """

    class Kind(models.TextChoices):
        """标签类型."""

        DYNAMIC = "dynamic", _("NFC tag that proves itself (NTAG 424 DNA)")
        PLAIN = "plain", _("Plain NFC tag (NTAG21x)")
        QR = "qr", _("QR code")

    class State(models.TextChoices):
        """标签状态."""

        ACTIVE = "active", _("In use")
        LOST = "lost", _("Lost or damaged")
        RETIRED = "retired", _("Taken down")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    point = models.ForeignKey(BeatPoint, on_delete=models.PROTECT, related_name="tags")
    code = models.CharField(max_length=24)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    uid = models.CharField(max_length=14, blank=True, help_text="hex, upper case; empty for a QR code")
    keys = models.ForeignKey(TagKeySet, on_delete=models.PROTECT, null=True, related_name="tags")
    counter = models.BigIntegerField(default=-1, help_text="the highest read counter accepted; -1 before any")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    mounted_at = models.DateTimeField(auto_now_add=True)
    mounted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    keys_shown_at = models.DateTimeField(
        null=True, help_text="keys are shown once, to whoever writes the tag"
    )

    class Meta:
        ordering = ["point_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="tag_code_once"),
            models.UniqueConstraint(
                fields=["uid"], condition=models.Q(state="active") & ~models.Q(uid=""), name="tag_uid_once"
            ),
        ]

    def __str__(self) -> str:
        return self.code
