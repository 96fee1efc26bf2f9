"""Tags: query strings, figures, dates, badges, fields."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation

from chengshu.ui import formats, tones
from tests.ui.people import get

NOON = datetime(2020, 6, 1, 4, 5, tzinfo=UTC)


def render(source: str, path: str = "/", **values: Any) -> str:
    return Template("{% load ui %}" + source).render(Context({"request": get(path), **values}))


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        ("/?q=a&page=3", "page=4", "?q=a&amp;page=4"),
        ("/?q=a&page=3", "page=1", "?q=a"),
        ("/?q=a&page=3", "sort='name'", "?q=a&amp;sort=name"),
        ("/?q=a&town=1", "town=''", "?q=a"),
        ("/?q=&town=1", "page=2", "?town=1&amp;page=2"),
        ("/?town=1&town=2", "page=2", "?town=1&amp;town=2&amp;page=2"),
        ("/?q=%E9%95%BF%E5%AF%BF", "page=2", "?q=%E9%95%BF%E5%AF%BF&amp;page=2"),
        ('/?q="><script>', "page=2", "?q=%22%3E%3Cscript%3E&amp;page=2"),
        ("/", "q=''", "?"),
    ],
)
def test_query_string(path: str, change: str, expected: str) -> None:
    assert render("{% qs " + change + " %}", path) == expected


def test_sorting_head_turns_round() -> None:
    source = '{% th "name" "Name" %}'
    assert 'href="?sort=name"' in render(source)
    ascending = render(source, "/?sort=name&page=3")
    assert 'aria-sort="ascending"' in ascending
    assert 'href="?sort=-name"' in ascending
    descending = render(source, "/?sort=-name")
    assert 'aria-sort="descending"' in descending
    assert 'href="?sort=name"' in descending


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        (10098, None, "10,098"),
        (0, None, "0"),
        (0.5, 2, "0.50"),
        ("1234.5", None, "1,234.5"),
        (None, None, "—"),
    ],
)
def test_numbers(value: Any, places: int | None, expected: str) -> None:
    assert formats.number(value, places) == expected


def test_moments_are_shown_in_shanghai_time() -> None:
    assert formats.moment(NOON) == "2020-06-01 12:05"
    assert formats.day(datetime(2020, 6, 1, 17, 0, tzinfo=UTC)) == "2020-06-02"
    assert formats.day(date(2020, 6, 1)) == "2020-06-01"
    assert formats.moment(None) == "—"


@pytest.mark.parametrize(
    ("age", "chinese", "english"),
    [
        (timedelta(seconds=20), "刚刚", "just now"),
        (timedelta(minutes=1), "1 分钟前", "1 minute ago"),
        (timedelta(minutes=59), "59 分钟前", "59 minutes ago"),
        (timedelta(hours=5), "5 小时前", "5 hours ago"),
        (timedelta(days=2), "2 天前", "2 days ago"),
        (timedelta(days=31), "2020-05-01", "2020-05-01"),
        (timedelta(days=-3), "2020-06-04", "2020-06-04"),
    ],
)
def test_how_long_ago(age: timedelta, chinese: str, english: str) -> None:
    assert formats.ago(NOON - age, NOON) == chinese
    with translation.override("en"):
        assert formats.ago(NOON - age, NOON) == english


def test_badge_takes_its_tone_from_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tones, "_tones", {})
    tones.register({"not_found": "warn"})
    assert render('{% badge "查无" code="not_found" %}') == '<span class="badge warn">查无</span>'
    assert render('{% badge "x" code="unheard_of" %}') == '<span class="badge neutral">x</span>'
    with pytest.raises(TemplateSyntaxError, match="not a tone"):
        render('{% badge "x" tone="purple" %}')
    with pytest.raises(ValueError, match="not a tone"):
        tones.register({"a": "purple"})


@pytest.mark.parametrize(
    "source",
    [
        "{% badge value %}",
        "{% chip value value %}",
        "{% detail %}{% item value value note=value %}{% enddetail %}",
        "{% stat value value note=value %}",
        "{% empty value value '#' value %}",
        "{% notice %}{{ value }}{% endnotice %}",
        "{% panel title=value %}{{ value }}{% endpanel %}",
        "{% table caption=value %}{% endtable %}",
        "{% map_island 'm' value config %}",
    ],
)
def test_values_are_escaped(source: str) -> None:
    evil = "<script>alert(1)</script>"
    assert "<script>alert" not in render(source, value=evil, config={"point": {"label": evil}})


class SampleForm(forms.Form):
    name = forms.CharField(label="Name", help_text="Help")
    letter = forms.ChoiceField(label="Letter", choices=[("a", "A")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="Sure", required=False)
    key = forms.CharField(widget=forms.HiddenInput, required=False)


def test_field_links_label_help_and_error() -> None:
    form = SampleForm({})
    html = render("{% field form.name %}", form=form)
    assert '<label for="id_name">' in html
    assert 'aria-describedby="id_name_help id_name_error"' in html
    assert 'id="id_name_help"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_field_kinds() -> None:
    form = SampleForm()
    assert "<fieldset" in render("{% field form.letter %}", form=form)
    assert 'class="field check"' in render("{% field form.sure %}", form=form)
    assert render("{% field form.key %}", form=form).strip().startswith('<input type="hidden"')
    assert "aria-invalid" not in render("{% form_fields form %}", form=form)


def test_map_is_told_everything_it_needs() -> None:
    html = render("{% map_island 'm' '/data' config %}", config={"classes": [{"code": "a", "label": "甲"}]})
    assert 'data-map="m-config"' in html
    assert '"dataUrl": "/data"' in html
    assert "islands/map-worker.js" in html
    assert '"color": "#' in html


def test_progress_polls_only_while_it_runs() -> None:
    assert "hx-get" in render("{% progress 1 2 'running' poll='/x' %}")
    assert "hx-get" not in render("{% progress 2 2 'done' poll='/x' %}")
    assert "hx-get" not in render("{% progress 1 2 'failed' poll='/x' %}")


def test_current_tab_by_address() -> None:
    entries = [{"label": "A", "url": "/a"}, {"label": "B", "url": "/b?x=1"}]
    html = render("{% tabs entries %}", "/b", entries=entries)
    assert html.count("aria-current") == 1
    assert '<a href="/b?x=1" aria-current="page">' in html
