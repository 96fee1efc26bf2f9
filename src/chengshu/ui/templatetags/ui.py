"""Tags for pages: figures, dates, badges, tables, filters, forms. Shown with their use on ``/ui/``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, Form, RadioSelect
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from chengshu.ui import filters as filter_tools
from chengshu.ui import formats, mapconfig
from chengshu.ui.filters import rewrite_query
from chengshu.ui.tones import TONES, tone_of

register = template.Library()
MESSAGE_TONES = {"debug": "neutral", "info": "info", "success": "ok", "warning": "warn", "error": "danger"}
TONE_ICONS = {"neutral": "info", "info": "info", "ok": "ok", "warn": "warn", "danger": "danger"}


def _request_query(context: template.Context) -> Any:
    request = context.get("request")
    return request.GET if request is not None else {}


# --- text -----------------------------------------------------------------------------------------
@register.simple_tag
def num(value: Any, places: int | None = None) -> SafeString:
    """A figure with grouped, tabular digits: ``{% num 10098 %}`` → 10,098."""
    return format_html('<span class="num">{}</span>', formats.number(value, places))


@register.simple_tag
def dt(value: datetime | None) -> SafeString:
    """Date and minute in Shanghai time: 2020-06-01 14:05."""
    return _time(value, formats.moment(value))


@register.simple_tag
def day(value: date | datetime | None) -> SafeString:
    """Date: 2020-06-01."""
    return _time(value, formats.day(value))


@register.simple_tag
def ago(value: datetime | None) -> SafeString:
    """How long ago, the exact moment in the title."""
    return _time(value, formats.ago(value), formats.moment(value))


def _time(value: date | datetime | None, text: str, title: str = "") -> SafeString:
    if value is None:
        return SafeString(formats.NOTHING)
    stamp = formats.local(value).isoformat(timespec="seconds") if isinstance(value, datetime) else f"{value}"
    hint = format_html(' title="{}"', title) if title else ""
    return format_html('<time class="nowrap" datetime="{}"{}>{}</time>', stamp, hint, text)


@register.filter
def orelse(value: Any) -> Any:
    """The value, or a dash where there is none."""
    return formats.NOTHING if value is None or value == "" else value


@register.simple_tag
def icon(name: str) -> SafeString:
    """A 16-px icon of ``icons.svg``; decoration to the text beside it, so hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("ui/icons.svg"),
        name,
    )


@register.simple_tag
def badge(label: Any, tone: str = "", code: Any = None) -> SafeString:
    """A status. ``tone`` is one of five; or ``code`` is a status code whose tone a domain registered."""
    tone = tone or tone_of(code if code is not None else label)
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"{tone!r} is not a tone: {', '.join(TONES)}")
    return format_html('<span class="badge {}">{}</span>', tone, label)


@register.simple_tag
def grade(letter: str | None) -> SafeString:
    """A credit class A–D (信用等级), a dash where there is none."""
    if not letter:
        return SafeString(formats.NOTHING)
    return format_html('<span class="badge grade {}">{}</span>', tone_of(letter), letter)


@register.filter
def tone(code: Any) -> str:
    """The tone of a status code: ``class="{{ object.status|tone }}"``."""
    return tone_of(code)


@register.simple_tag
def chip(label: Any, value: Any = "", url: str = "") -> SafeString:
    """A small name–value pair, a link if ``url`` is given."""
    inner = format_html("<b>{}</b> {}", label, value) if value != "" else conditional_escape(label)
    if url:
        return format_html('<a class="chip" href="{}">{}</a>', url, inner)
    return format_html('<span class="chip">{}</span>', inner)


# --- addresses ------------------------------------------------------------------------------------
@register.simple_tag(takes_context=True)
def qs(context: template.Context, **changes: Any) -> str:
    """The query string of this page with some values changed: ``href="{% qs page=2 %}"``.

    An empty value removes the key. Any change but of ``page`` itself goes back to the first page.
    """
    return rewrite_query(_request_query(context), **changes)


@register.simple_tag(takes_context=True)
def th(context: template.Context, key: str, label: Any, number: bool = False) -> SafeString:
    """A head cell that sorts by ``key``; a click on the sorted column turns the order round."""
    query = _request_query(context)
    current = query.get("sort", "")
    target = f"-{key}" if current == key else key
    order = {key: "ascending", f"-{key}": "descending"}.get(current)
    return format_html(
        '<th scope="col"{}{}><a href="{}">{}{}</a></th>',
        mark_safe(' class="number"') if number else "",
        format_html(' aria-sort="{}"', order) if order else "",
        rewrite_query(query, sort=target),
        label,
        icon("up" if order == "ascending" else "down") if order else "",
    )


@register.simple_tag(takes_context=True)
def block_text(context: template.Context, name: str) -> SafeString:
    """What the page put into another block, so that the title is written once."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    return SafeString(block.render(context).strip()) if block else SafeString("")


# --- containers -----------------------------------------------------------------------------------
@register.simple_block_tag
def table(content: str, caption: str = "", stacked: bool = False, rows: bool = True) -> SafeString:
    """A dense table with a sticky head; rows with ``data-href`` open by click, Enter, j and k.

    ``stacked``: rows become cards on a phone instead of scrolling sideways.
    """
    return format_html(
        '<div class="table-wrap"><table class="table{}"{}>{}{}</table></div>',
        " stacked" if stacked else "",
        mark_safe(" data-rows") if rows else "",
        format_html("<caption>{}</caption>", caption) if caption else "",
        content,
    )


@register.simple_block_tag
def panel(content: str, title: str = "", actions: str = "", flush: bool = False) -> SafeString:
    """A white area with a head. ``flush``: no padding, for a table or a map inside."""
    head = (
        format_html('<div class="panel-head"><h2>{}</h2><div class="actions">{}</div></div>', title, actions)
        if title
        else ""
    )
    body = content if flush else format_html('<div class="panel-body">{}</div>', content)
    return format_html('<section class="panel">{}{}</section>', head, body)


@register.simple_block_tag
def toolbar(content: str, label: str = "") -> SafeString:
    """A row of buttons above a list; class ``push`` sends what follows to the right."""
    return format_html(
        '<div class="toolbar" role="group" aria-label="{}">{}</div>', label or gettext("Actions"), content
    )


@register.simple_block_tag
def notice(content: str, tone: str = "info") -> SafeString:
    """A sentence that the reader must not miss."""
    role = "alert" if tone == "danger" else "note"
    return format_html(
        '<div class="notice {}" role="{}">{}<div>{}</div></div>', tone, role, icon(TONE_ICONS[tone]), content
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:
    """A native dialog; a button with ``data-dialog-open="ID"`` opens it, ``data-dialog-close`` closes it."""
    return format_html(
        '<dialog id="{0}" aria-labelledby="{0}-title"><div class="dialog-head"><h2 id="{0}-title">{1}</h2>'
        '<button type="button" class="button quiet icon-only" data-dialog-close aria-label="{2}">{3}</button>'
        '</div><div class="dialog-body">{4}</div></dialog>',
        id,
        title,
        gettext("Close"),
        icon("close"),
        content,
    )


@register.simple_block_tag
def detail(content: str) -> SafeString:
    """A grid of facts; inside it ``{% item label value %}``."""
    return format_html('<dl class="detail">{}</dl>', content)


@register.simple_tag
def item(label: Any, value: Any = None, note: Any = "", wide: bool = False) -> SafeString:
    """One fact of a detail grid; ``note`` is small text under it, such as source and date."""
    return format_html(
        "<div{}><dt>{}</dt><dd>{}{}</dd></div>",
        mark_safe(' class="wide"') if wide else "",
        label,
        orelse(value),
        format_html("<small>{}</small>", note) if note else "",
    )


@register.simple_tag
def stat(label: Any, value: Any, url: str = "", tone: str = "", note: Any = "") -> SafeString:
    """A number that opens the list behind it; inside ``<div class="stats">``."""
    shown = value if isinstance(value, str) else formats.number(value)
    inner = format_html(
        "<span>{}</span><strong>{}{}</strong>",
        label,
        shown,
        format_html(" <small>{}</small>", note) if note else "",
    )
    if url:
        return format_html('<a class="stat {}" href="{}">{}</a>', tone, url, inner)
    return format_html('<div class="stat {}">{}</div>', tone, inner)


# --- components with their own template -----------------------------------------------------------
@register.inclusion_tag("ui/components/tabs.html", takes_context=True)
def tabs(context: template.Context, entries: Iterable[Any], label: str = "") -> dict[str, Any]:
    """Tabs that are pages: label, url, count and current of each; the address tells the current one."""
    request = context.get("request")
    path = request.path if request is not None else ""
    shown = [dict(entry) for entry in entries]
    if not any(entry.get("current") for entry in shown):
        for entry in shown:
            entry["current"] = entry["url"].split("?")[0] == path
    return {"entries": shown, "label": label or gettext("Sections")}


@register.inclusion_tag("ui/components/stepper.html")
def stepper(steps: Iterable[Any], current: int) -> dict[str, Any]:
    """Steps of a long task; ``current`` counts from 1."""
    return {"steps": [(n, label) for n, label in enumerate(steps, 1)], "current": current}


@register.inclusion_tag("ui/components/timeline.html")
def timeline(entries: Iterable[Any], empty: str = "") -> dict[str, Any]:
    """What happened, newest first: entries with ``at, title, text, by, url, tone`` (all but two optional)."""
    return {"entries": entries, "empty": empty or gettext("Nothing recorded yet.")}


@register.inclusion_tag("ui/components/pager.html", takes_context=True)
def pager(context: template.Context, page: Any) -> dict[str, Any]:
    """Position and page links for a `chengshu.ui.paging.Page`."""
    return {"page": page, "request": context.get("request")}


@register.inclusion_tag("ui/components/filter_bar.html", takes_context=True)
def filter_bar(context: template.Context, form: Form, target: str = "results") -> dict[str, Any]:
    """A GET form over a list; the element with id ``target`` is replaced as the reader changes it."""
    query = _request_query(context)
    kept = [
        (key, value)
        for key in ("sort",)
        if key in query and key not in form.fields
        for value in query.getlist(key)
    ]
    return {
        "form": form,
        "target": target,
        "kept": kept,
        "active": filter_tools.active(form, query),
        "request": context.get("request"),
    }


@register.inclusion_tag("ui/components/empty.html")
def empty(title: str, text: str = "", url: str = "", label: str = "") -> dict[str, Any]:
    """Nothing to show: say why and what to do next."""
    return {"title": title, "text": text, "url": url, "label": label}


@register.inclusion_tag("ui/components/progress.html")
def progress(
    done: int, total: int, state: str = "running", message: Any = "", poll: str = ""
) -> dict[str, Any]:
    """A long job. ``poll``: address of a partial that replaces this one every second while it runs."""
    return {
        "done": done,
        "total": total,
        "state": state,
        "tone": tone_of(state) if state in ("done", "failed") else "",
        "message": message,
        "poll": poll if state in ("queued", "running") else "",
        "percent": int(100 * done / total) if total else None,
    }


@register.inclusion_tag("ui/components/map.html")
def map_island(
    id: str, data_url: str = "", config: Mapping[str, Any] | None = None, size: str = "", label: str = ""
) -> dict[str, Any]:
    """A map. ``config`` as in `chengshu.ui.mapconfig`; ``size``: "", "small" or "tall"."""
    return {
        "id": id,
        "config_id": f"{id}-config",
        "config": mapconfig.complete(data_url, config or {}),
        "size": size,
        "label": label or gettext("Map"),
    }


# --- forms ----------------------------------------------------------------------------------------
@register.inclusion_tag("ui/components/field.html")
def field(bound: BoundField, wide: bool = False) -> dict[str, Any]:
    """A form field with label, required mark, help, errors and their ARIA links."""
    widget = bound.field.widget
    described = [f"{bound.auto_id}_help"] if bound.help_text else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    attrs: dict[str, Any] = {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    choices = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "kind": "choices" if choices else "check" if isinstance(widget, CheckboxInput) else "plain",
        "hidden": bound.is_hidden,
        "wide": wide,
    }


@register.inclusion_tag("ui/components/form_errors.html")
def form_errors(form: Form) -> dict[str, Any]:
    """What is wrong with the form as a whole, and how many fields need attention."""
    return {"form": form, "count": len([name for name in form.errors if name != "__all__"])}


@register.inclusion_tag("ui/components/form_fields.html")
def form_fields(form: Form) -> dict[str, Any]:
    """All fields of a form in order, errors of the whole first."""
    return {"form": form}


@register.inclusion_tag("ui/components/file_drop.html")
def file_drop(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """A file field that also takes a dropped file."""
    shown = field(bound)
    return {**shown, "hint": hint}


# --- the frame ------------------------------------------------------------------------------------
@register.filter
def message_tone(message: Any) -> str:
    """The tone of a Django message."""
    return MESSAGE_TONES.get(getattr(message, "level_tag", "info"), "info")


@register.filter
def tone_icon(tone: str) -> str:
    """The icon that goes with a tone, so that colour never speaks alone."""
    return TONE_ICONS.get(tone, "info")
