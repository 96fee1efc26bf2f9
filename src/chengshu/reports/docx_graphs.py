"""Charts in Word that stay editable, and maps as pictures, both with words for who cannot see them.

A chart's DrawingML is that of XlsxWriter; the numbers lie beside it as a workbook, which "edit data" in Word
opens.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import xlsxwriter
from docx.opc.constants import RELATIONSHIP_TYPE as LINK
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Emu, Mm
from lxml import etree

from chengshu.reports.graphs import Chart, Map
from chengshu.reports.pictures import picture

WIDTH, HEIGHT = Mm(154), Mm(66)
BAR, AROUND = Mm(6.6), Mm(14)
MAP_WIDTH = Mm(112)
CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHART_SPACE = "http://schemas.openxmlformats.org/drawingml/2006/chart"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MADE = datetime(2000, 1, 1)  # stands in for the time of making, which would make every copy a different file
SHEET = "数据"
DARK, PALE, LINE = "#404040", "#CDCDCD", "#BEBEBE"
FONT: dict[str, Any] = {"name": "宋体", "size": 9, "color": "#000000"}
NO_TICKS = {"major_tick_mark": "none", "minor_tick_mark": "none"}
FEW = 4  # columns that would be as wide as the page are kept narrow
KINDS = {"columns": "column", "bars": "bar", "lines": "line"}


def add_graph(paragraph: Any, graph: Chart | Map, title: str) -> None:
    """Put a chart or a map into a paragraph of a document."""
    if isinstance(graph, Map):
        shape = paragraph.add_run().add_picture(io.BytesIO(picture(graph)), width=MAP_WIDTH)
        shape._inline.docPr.set("descr", graph.words)
        shape._inline.docPr.set("title", title)
        return
    package = paragraph.part.package
    number = sum(1 for part in package.iter_parts() if part.content_type == CHART_TYPE) + 1
    book, chart = _workbook(graph)
    embedded = Part(PackURI(f"/word/embeddings/workbook{number}.xlsx"), BOOK_TYPE, book, package)
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), CHART_TYPE, b"", package)
    part._blob = _with_data(chart, part.relate_to(embedded, LINK.PACKAGE))
    height = AROUND + len(graph.labels) * BAR if graph.kind == "bars" else HEIGHT
    link = paragraph.part.relate_to(part, LINK.CHART)
    paragraph.add_run()._r.append(_frame(link, Emu(int(height)), number, title, graph.words))


def _with_data(chart: bytes, link: str) -> bytes:
    """The chart with the link to its workbook, before what the schema wants after it."""
    root = etree.fromstring(chart)
    data = etree.Element(f"{{{CHART_SPACE}}}externalData", {f"{{{LINKS}}}id": link})
    etree.SubElement(data, f"{{{CHART_SPACE}}}autoUpdate", val="0")
    settings = root.find(f"{{{CHART_SPACE}}}printSettings")
    if settings is not None:
        root.remove(settings)
    root.append(data)
    for labels in root.iter(f"{{{CHART_SPACE}}}dLbls"):  # what is not said means yes
        shown = labels.find(f"{{{CHART_SPACE}}}showVal")
        shown.addprevious(etree.Element(f"{{{CHART_SPACE}}}showLegendKey", val="0"))
        for name in ("showBubbleSize", "showPercent", "showSerName", "showCatName"):
            shown.addnext(etree.Element(f"{{{CHART_SPACE}}}{name}", val="0"))
    for series in root.iterfind(f".//{{{CHART_SPACE}}}lineChart/{{{CHART_SPACE}}}ser"):
        etree.SubElement(series, f"{{{CHART_SPACE}}}smooth", val="0")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _frame(link: str, height: Emu, number: int, title: str, words: str) -> Any:
    made = parse_xml(
        f"<w:drawing {nsdecls('w', 'wp', 'a', 'r')}>"
        f'<wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{int(WIDTH)}" cy="{int(height)}"/>'
        f'<wp:docPr id="{1000 + number}" name="chart{number}"/><wp:cNvGraphicFramePr/>'
        f'<a:graphic><a:graphicData uri="{CHART_SPACE}">'
        f'<c:chart xmlns:c="{CHART_SPACE}" r:id="{link}"/></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing>"
    )
    about = made.find(".//{*}docPr")
    about.set("title", title)
    about.set("descr", words)
    return made


def _workbook(graph: Chart) -> tuple[bytes, bytes]:
    """The numbers as a workbook, and the DrawingML of the chart that shows them."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": MADE})
    sheet = book.add_worksheet(SHEET)
    chart: Any = book.add_chart({"type": KINDS[graph.kind]})
    sheet.write_column(1, 0, graph.labels)
    last, form = len(graph.labels), f"0.{'0' * graph.decimals}" if graph.decimals else "0"
    for column, row in enumerate(graph.rows, 1):
        sheet.write(0, column, row.name)
        for at, value in enumerate(row.values, 1):
            if value is not None:
                sheet.write_number(at, column, float(value / graph.scale), _number_form(book, form))
        chart.add_series(
            {
                "name": [SHEET, 0, column],
                "categories": [SHEET, 1, 0, last, 0],
                "values": [SHEET, 1, column, last, column],
                **_look(graph, form, now=column == len(graph.rows)),
            }
        )
    _axes(chart, graph)
    sheet.insert_chart(0, len(graph.rows) + 2, chart)
    book.close()
    with zipfile.ZipFile(out) as parts:
        drawn = parts.read("xl/charts/chart1.xml")
    return out.getvalue(), drawn


def _number_form(book: Any, form: str) -> Any:
    known = next((one for one in book.formats if one.num_format == form), None)
    return known or book.add_format({"num_format": form})


def _look(graph: Chart, form: str, *, now: bool) -> dict[str, Any]:
    """Dark for the period told of, pale or dashed for the one before: apart in black and white too."""
    labels = {"value": True, "num_format": form, "font": FONT | {"size": 8}} if now else None
    if graph.kind == "lines":
        line = {"color": DARK, "width": 2} if now else {"color": "#787878", "width": 1.5, "dash_type": "dash"}
        labels = labels | {"position": "above"} if labels else None
        marker = {"type": "circle", "size": 5, "fill": {"color": DARK if now else "#FFFFFF"}}
        shown: dict[str, Any] = {"line": line, "marker": marker | {"border": {"color": DARK}}}
    else:
        fill, gap = {"color": DARK if now else PALE}, 45 if len(graph.labels) > FEW else 180
        shown = {
            "fill": fill,
            "border": {"color": DARK, "width": 0.5},
            "gap": gap,
            "overlap": 0,
        }
    return shown | ({"data_labels": labels} if labels else {})


def _axes(chart: Any, graph: Chart) -> None:
    named = {"num_font": FONT, "line": {"color": DARK}} | NO_TICKS
    numbers = {
        "num_font": FONT,
        "major_gridlines": {"visible": graph.kind != "bars", "line": {"color": LINE, "width": 0.5}},
        "line": {"none": True},
        "min": 0,
    } | NO_TICKS
    title = {"name": f"单位：{graph.unit}", "name_font": FONT | {"bold": False}}
    chart.set_title(title | {"layout": {"x": 0.01, "y": 0.01}})
    if graph.kind == "bars":
        chart.set_x_axis(numbers | {"visible": False})  # of bars the axes stand the other way
        chart.set_y_axis(named | {"reverse": True})  # the largest on top
    else:
        chart.set_x_axis(named)
        chart.set_y_axis(numbers)
    legend = {"position": "bottom", "font": FONT} if len(graph.rows) > 1 else {"none": True}
    chart.set_legend(legend)
    chart.set_chartarea({"border": {"none": True}})
