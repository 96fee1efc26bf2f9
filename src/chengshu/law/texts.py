"""Statute texts in the database: importing them, and opening the article that a citation means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext as _

from chengshu.law.catalogue import catalogue
from chengshu.law.model import InstrumentTitle, InstrumentVersion, in_force
from chengshu.law.models import Article, StatuteText
from chengshu.law.reference import parse_reference
from chengshu.law.statutes import Statute, StatuteProblem, read_statute

Progress = Callable[[int, int, str], None]


@dataclass
class Imported:
    """What an import did; ``unmatched``: titles that no instrument of the catalogue has."""

    added: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    articles: int = 0


def import_texts(folder: Path, progress: Progress = lambda done, total, name: None) -> Imported:
    """Import every Markdown file below a folder; a file at fault is named and the others are stored.

    A text that is there already stays as it is; another text of the same version is refused. Raises
    :class:`StatuteProblem` where there is no such folder or nothing in it.
    """
    if not folder.is_dir():
        raise StatuteProblem(_("%(folder)s is not a folder.") % {"folder": folder})
    paths = sorted(folder.rglob("*.md"))
    if not paths:
        raise StatuteProblem(_("%(folder)s holds no Markdown files (*.md).") % {"folder": folder})
    titles = {instrument.title for instrument in catalogue().instruments}
    result = Imported()
    for done, path in enumerate(paths, 1):
        try:
            statute = read_statute(path)
            outcome = store(statute)
        except StatuteProblem as problem:
            result.problems.append(str(problem))
        else:
            (result.added if outcome == "added" else result.unchanged).append(path.name)
            result.articles += len(statute.articles) if outcome == "added" else 0
            if statute.title not in titles:
                result.unmatched.append(statute.title)
        progress(done, len(paths), path.stem)
    return result


@transaction.atomic
def store(statute: Statute) -> Literal["added", "unchanged"]:
    """Keep a text beside its other versions. Raises :class:`StatuteProblem` if it says something else than
    the text already kept of this version.
    """
    kept, added = StatuteText.objects.get_or_create(
        title=statute.title,
        version_on=statute.version_on,
        defaults={
            "source": statute.source,
            "sha256": statute.sha256,
            "preamble": statute.preamble,
        },
    )
    if not added:
        if kept.sha256 == statute.sha256:
            return "unchanged"
        raise StatuteProblem(
            _("%(file)s: another text of this version of 《%(title)s》 was imported from %(kept)s already.")
            % {"file": statute.source, "title": statute.title, "kept": kept.source}
        )
    Article.objects.bulk_create(
        Article(
            statute=kept,
            number=article.number,
            inserted=article.inserted,
            label=article.label,
            chapter=article.chapter,
            paragraphs=[asdict(paragraph) for paragraph in article.paragraphs],
        )
        for article in statute.articles
    )
    return "added"


def text_as_of(instrument_code: str, on: date) -> StatuteText | None:
    """The wording of an instrument on a day; None if none was in force or its text is not imported.

    Raises :class:`~chengshu.law.collection.LawProblem` for an unknown instrument.
    """
    instrument = catalogue().instrument(instrument_code)
    version = in_force(instrument.versions, on)
    return None if version is None else text_of(instrument, version, on)


def text_of(instrument: InstrumentTitle, version: InstrumentVersion, on: date) -> StatuteText | None:
    """The imported text of one version of an instrument on a day: the file that the version names.

    A version that names none has the latest text of the title that was passed by that day while the version
    was in force (or before, for the first version), and that no other version names: never a guess that might
    be the wording before or after.
    """
    if version.source:
        return StatuteText.objects.filter(source=_file(version)).order_by("-version_on").first()
    texts = StatuteText.objects.filter(title=instrument.title, version_on__lte=on).exclude(
        source__in=[_file(other) for other in instrument.versions if other.source]
    )
    if version is not instrument.versions[0]:
        texts = texts.filter(version_on__gte=version.valid_from)
    return texts.order_by("-version_on").first()


def _file(version: InstrumentVersion) -> str:
    return PurePosixPath(version.source).name


def article_as_of(instrument_code: str, article: str, on: date) -> Article | None:
    """The article that a citation such as 第二十八条第一款第（四）项 means, as it stood on a day.

    None if its text is not imported, or has no such article, paragraph or item. Raises
    :class:`~chengshu.law.collection.LawProblem` for an unknown instrument.
    """
    reference = parse_reference(article)
    text = text_as_of(instrument_code, on)
    if reference is None or text is None:
        return None
    found = (
        Article.objects.select_related("statute")
        .filter(statute=text, number=reference.article, inserted=reference.inserted)
        .first()
    )
    return found if found is not None and found.part(reference) is not None else None
