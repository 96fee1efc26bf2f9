import { describe, expect, it } from "vitest";
import { height, options, short, type Drawn } from "../src/board/shapes";

const COLOURS = { accent: "#1", then: "#2", text: "#3", line: "#4", surface: "#5", font: "x" };
const months: Drawn = {
  kind: "series",
  labels: [1, 2, 3],
  unit: "件",
  lines: [
    { name: "2020", values: [3, null, 5] },
    { name: "2019", values: [1, 2, 3] },
  ],
};
const bars: Drawn = { kind: "bars", labels: ["甲", "乙"], unit: "件", lines: [{ name: "2020", values: [5, 3] }] };

describe("charts of dashboards", () => {
  it("put months of both years side by side, gaps left open", () => {
    const made = options(months, COLOURS) as { series: { data: unknown[] }[]; xAxis: { data: string[] } };
    expect(made.xAxis.data).toEqual(["1", "2", "3"]);
    expect(made.series.map((each) => each.data)).toEqual([[3, null, 5], [1, 2, 3]]);
  });

  it("let bars begin at the top and be as high as they are many", () => {
    const made = options(bars, COLOURS) as { yAxis: { inverse: boolean; data: string[] } };
    expect(made.yAxis).toMatchObject({ inverse: true, data: ["甲", "乙"] });
    expect(height({ ...bars, labels: Array(20).fill("甲") })).toBeGreaterThan(height(bars));
  });

  it("draw tooltips on the canvas, since the content policy allows no styles in the page", () => {
    expect(options(bars, COLOURS)).toMatchObject({ tooltip: { renderMode: "richText" } });
  });

  it("shorten labels that do not fit", () => {
    expect(short("长寿路街道")).toBe("长寿路街道");
    expect([...short("一二三四五六七八九十十一")]).toHaveLength(9);
    expect(short("Simple procedure")).toBe("Simple procedure");
  });
});
