"""Every template: both languages, no inline script or style, no text that escapes translation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation

import chengshu
from chengshu.ui import views
from chengshu.ui.errors import csrf_failure, forbidden, not_found, server_error
from tests.ui.people import Viewer, get

PACKAGE = Path(chengshu.__file__).parent
TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# What a reader sees that needs no translation: names of languages and sources, units, file types, tone codes.
SAME_EVERYWHERE = {
    "English",
    "中文",
    "OpenStreetMap",
    "contributors",
    "Ctrl",
    "Enter",
    "Esc",
    "xlsx",
    "csv",
    "CSV",
    "PDF",
    "Word",
    "JSON",
    "RSS",
    "km",
    "UID",
}


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def literal_text(source: str) -> list[str]:
    """Words that stand in the template itself: outside of tags, expressions, comments, code and key names."""
    source = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", " ", source, flags=re.S)
    source = re.sub(r"{% verbatim %}.*?{% endverbatim %}", " ", source, flags=re.S)
    source = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", " ", source, flags=re.S)
    source = re.sub(
        r"{% block body_class %}.*?{% endblock %}|{% block theme %}.*?{% endblock %}", " ", source
    )
    source = re.sub(r"{%.*?%}|{{.*?}}", " ", source, flags=re.S)
    source = re.sub(r"<(script|style|kbd|code|pre)\b.*?</\1>", " ", source, flags=re.S)
    shown = re.findall(r'(?:placeholder|title|aria-label|alt)="([^"]*)"', source)
    text = re.sub(r"<[^>]*>", " ", source) + " " + " ".join(shown)
    words = re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", re.sub(r"&\w+;", " ", text))
    return [word for word in words if word not in SAME_EVERYWHERE]


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_text_outside_translation(path: Path) -> None:
    assert literal_text(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_inline(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=|<style\b", source)
    assert not re.search(r"\son[a-z]+\s*=", source)
    assert not re.search(r"hx-on|hx-vals=.js:|javascript:", source)
    for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", source, flags=re.S):
        if 'type="application/json"' not in attributes:  # data is not run
            assert "src=" in attributes
            assert not body.strip()


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("ui/**/*.py")), ids=name)
def test_code_is_written_in_english(path: Path) -> None:
    """Interface texts in code are English and translated; Chinese stands in docstrings and comments only."""
    source = re.sub(r'""".*?"""|#.*', "", path.read_text(encoding="utf-8"), flags=re.S)
    assert not CHINESE.search(re.sub(r"#.*", "", source))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("theme", ["", "?theme=dark&q=1&state=done&sort=-amount"])
def test_gallery(language: str, theme: str) -> None:
    with translation.override(language):
        response = views.gallery(get(f"/ui/{theme}", Viewer()))
    html = response.content.decode()
    assert response.status_code == 200
    assert f'<html lang="{"en" if language == "en" else "zh-Hans"}"' in html
    assert f'data-theme="{"dark" if theme else "light"}"' in html
    assert ("Interface components · Chengshu" if language == "en" else "界面组件 · 城枢") in html
    visible = re.sub(r"<(script|pre|kbd)\b.*?</\1>", " ", html, flags=re.S)
    visible = re.sub(r"<[^>]*>", " ", visible)
    if language == "en":
        assert set(CHINESE.findall(visible)) <= set("中文周晓敏信息维护员")


def test_gallery_is_all_chinese_by_default() -> None:
    """No English word is left but codes, names of tones and file types."""
    html = views.gallery(get("/ui/", Viewer())).content.decode()
    visible = re.sub(r"<(script|pre|kbd|title)\b.*?</\1>", " ", html, flags=re.S)
    words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]*>", " ", visible)))
    assert words <= SAME_EVERYWHERE | {"neutral", "warn", "danger", "info", "JavaScript"}


def test_the_title_is_also_the_heading() -> None:
    html = views.gallery(get("/ui/", Viewer())).content.decode()
    assert re.search(r"<h1>\s*界面组件\s*</h1>", html)


def test_ids_are_unique() -> None:
    html = views.gallery(get("/ui/", Viewer())).content.decode()
    ids = re.findall(r'\sid="([^"]+)"', html)
    # the form is shown twice, once with errors: its fields repeat
    repeated = {one for one in ids if ids.count(one) > 1 and not one.startswith("id_")}
    assert repeated == set()


def test_samples_answer_in_their_contract() -> None:
    points = views.map_sample(get("/ui/map-sample", Viewer()))
    assert points.status_code == 200
    assert "hx-get" in views.progress_sample(get("/ui/progress", Viewer())).content.decode()


@pytest.mark.parametrize(
    ("view", "status"), [(forbidden, 403), (not_found, 404), (server_error, 500), (csrf_failure, 403)]
)
def test_error_pages(view: object, status: int) -> None:
    response = view(get("/nowhere"))  # type: ignore[operator]
    assert response.status_code == status
    assert re.search(r"<h1>\s*[\u4e00-\u9fff]+\s*</h1>", response.content.decode())


def test_errors_under_the_api_are_json() -> None:
    assert not_found(get("/api/v1/nothing")).headers["Content-Type"] == "application/problem+json"
    assert server_error(get("/api/v1/nothing")).headers["Content-Type"] == "application/problem+json"


def test_a_page_without_context_still_renders() -> None:
    assert "<h1>" in render_to_string("500.html")


def test_signed_out_frame_has_no_navigation() -> None:
    html = render_to_string("ui/base.html", {"title": "x"}, request=get("/"))
    assert "data-menu" not in html
    assert 'role="search"' not in html
