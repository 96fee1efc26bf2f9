"""Texts of statutes as imported: versions side by side, never changed."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models

from chengshu.law.reference import Reference

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class StatuteText(models.Model):
    """法规文本: one wording of an instrument. Append-only: another wording is another row."""

    title = models.CharField(max_length=200)
    version_on = models.DateField(
        null=True, help_text="passed or amended on, the date in the file's name; none: undated"
    )
    source = models.CharField(max_length=200, help_text="name of the file it was read from")
    sha256 = models.CharField(max_length=64)
    preamble = models.TextField(blank=True, help_text="how it was passed and amended, one step a line")
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["title", "version_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["title", "version_on"], name="law_one_text_per_version", nulls_distinct=False
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"《{self.title}》" + (f" ({self.version_on})" if self.version_on else "")


class Article(models.Model):
    """条: an article of one wording, with its 款 and 项."""

    statute = models.ForeignKey(StatuteText, on_delete=models.PROTECT, related_name="articles")
    number = models.PositiveSmallIntegerField()
    inserted = models.PositiveSmallIntegerField(default=0, help_text="1 for 之一")
    label = models.CharField(max_length=30, help_text="e.g. 第二十五条")
    chapter = models.CharField(max_length=200, blank=True, help_text="chapter and section")
    paragraphs = models.JSONField(help_text='款 in order: {"text", "items": [[number, text], …]}')

    class Meta:
        ordering = ["statute", "number", "inserted"]
        constraints = [
            models.UniqueConstraint(
                fields=["statute", "number", "inserted"], name="law_article_once_per_text"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.statute} {self.label}"

    @property
    def text(self) -> str:
        """The whole article, a paragraph or item a line."""
        return "\n".join(line for paragraph in self.paragraphs for line in _lines(paragraph))

    def part(self, reference: Reference) -> str | None:
        """The text of the paragraph or item that a reference names; None if the article has none such.

        A reference to an item without a paragraph means the only paragraph that has items.
        """
        if reference.paragraph is None and reference.item is None:
            return self.text
        paragraphs = self.paragraphs
        if reference.paragraph is not None:
            paragraphs = paragraphs[reference.paragraph - 1 : reference.paragraph]
        if reference.item is None:
            return "\n".join(_lines(paragraphs[0])) if paragraphs else None
        items = [text for entry in paragraphs for n, text in entry["items"] if n == reference.item]
        return items[0] if items else None


def _lines(paragraph: dict[str, Any]) -> list[str]:
    return [str(paragraph["text"]), *(str(text) for _number, text in paragraph["items"])]
