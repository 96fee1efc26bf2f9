"""Chinese is complete: every text the code shows has a translation, and each English text only one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import chengshu
from chengshu.config.i18n import LOCALE, read_parts

PACKAGE = Path(chengshu.__file__).parent
CONTEXT_FIRST = {"pgettext", "pgettext_lazy"}
CALLS = {"_", "gettext", "gettext_lazy", "say", "ngettext", "ngettext_lazy", *CONTEXT_FIRST}
CALLS |= {"Problem", "RasterError"}  # translated where they are shown
TRANSLATE = re.compile(r"""{%\s*(?:translate|trans)\s+(?:"([^"]+)"|'([^']+)')""")
BLOCK = re.compile(r"{%\s*blocktranslate\b(.*?)%}(.*?){%\s*endblocktranslate\s*%}", re.S)


def python_texts() -> Iterator[tuple[str, str]]:
    """Literal first arguments of the translation functions."""
    for path in PACKAGE.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id not in CALLS or not node.args:
                continue
            argument = node.args[1 if node.func.id in CONTEXT_FIRST and len(node.args) > 1 else 0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value, path.name


def template_texts() -> Iterator[tuple[str, str]]:
    """Texts of the translation tags."""
    for path in PACKAGE.glob("*/templates/**/*.html"):
        source = path.read_text(encoding="utf-8")
        for double, single in TRANSLATE.findall(source):
            yield double or single, path.name
        for options, body in BLOCK.findall(source):
            text = re.split(r"{%\s*plural\s*%}", body)[0]
            text = re.sub(r"{{\s*(\w+)\s*}}", r"%(\1)s", text)
            if "trimmed" in options:
                text = " ".join(line.strip() for line in text.strip().splitlines())
            yield text, path.name


def test_every_text_has_a_chinese_one() -> None:
    translated = {source.split("|plural|")[0] for _context, source in read_parts(LOCALE / "parts")}
    missing = {
        f"{text!r} ({where})"
        for text, where in [*python_texts(), *template_texts()]
        if text and text not in translated and not re.search(r"[\u4e00-\u9fff]", text)
    }
    assert sorted(missing) == []


def test_placeholders_survive_translation() -> None:
    broken = [
        source
        for (_context, source), target in read_parts(LOCALE / "parts").items()
        if not set(re.findall(r"%\(\w+\)", target)) <= set(re.findall(r"%\(\w+\)", source))
    ]
    assert broken == []
