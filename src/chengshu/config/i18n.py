"""Join the translation parts of every domain into one catalogue and compile it.

``python -m chengshu.config.i18n`` reads ``locale/zh_Hans/parts/*.tsv`` (English text, a tab, Chinese text;
a context stands before the English text, divided from it by ``|ctx|``), writes ``django.po`` and
``django.mo``. A text translated twice in different words stops the run, so that one thing has one name.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "locale" / "zh_Hans"
CONTEXT_MARK = "|ctx|"


class TranslationProblem(Exception):
    """Two parts disagree, or a line is not a pair."""


def read_parts(folder: Path) -> dict[tuple[str | None, str], str]:
    """All pairs of all parts, keyed by (context, English text)."""
    pairs: dict[tuple[str | None, str], str] = {}
    for part in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(part.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("# "):
                continue
            source, tab, target = line.partition("\t")
            if not tab or not target.strip():
                raise TranslationProblem(f"{part.name}:{number}: no tab or no translation")
            context, mark, rest = source.partition(CONTEXT_MARK)
            text = (rest if mark else source).replace("\\n", "\n")
            key = (context if mark else None, text)
            target = target.replace("\\n", "\n")
            if pairs.setdefault(key, target) != target:
                raise TranslationProblem(
                    f"{part.name}:{number}: {key[1]!r} is already {pairs[key]!r}, not {target!r}"
                )
    return pairs


def compile_catalogue(locale: Path = LOCALE) -> int:
    """Write ``django.po`` and ``django.mo``; returns how many texts they hold."""
    catalogue = polib.POFile(wrapwidth=110)
    catalogue.metadata = {
        "Language": "zh_Hans",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    pairs = read_parts(locale / "parts")
    for (context, source), target in sorted(pairs.items(), key=lambda item: (item[0][1], item[0][0] or "")):
        singular, mark, plural = source.partition("|plural|")
        entry = polib.POEntry(msgid=singular, msgctxt=context)
        if mark:
            entry.msgid_plural, entry.msgstr_plural = plural, {0: target}
        else:
            entry.msgstr = target
        if "%(" in source:
            entry.flags.append("python-format")
        catalogue.append(entry)
    out = locale / "LC_MESSAGES"
    out.mkdir(exist_ok=True)
    catalogue.save(str(out / "django.po"))
    catalogue.save_as_mofile(str(out / "django.mo"))
    return len(catalogue)


if __name__ == "__main__":
    try:
        print(f"{compile_catalogue()} texts")
    except TranslationProblem as problem:
        sys.exit(str(problem))
