/** What the server says of a chart, and what is made of it. No DOM here. */

export interface Line {
  name: string;
  values: (number | null)[];
}

export interface Drawn {
  kind: "series" | "bars";
  labels: (string | number)[];
  unit: string;
  lines: Line[];
}

export interface Colours {
  accent: string;
  then: string;
  text: string;
  line: string;
  surface: string;
  font: string;
}

export type Draw = (box: HTMLElement, drawn: Drawn) => void;

const BAR_HEIGHT = 26;
const LABEL_MOST = 9;

/** How high a chart stands, in pixels: bars as many as there are. */
export function height(drawn: Drawn): number {
  return drawn.kind === "bars" ? Math.max(96, drawn.labels.length * BAR_HEIGHT + 24) : 240;
}

/** A label that fits beside its bar. */
export function short(label: string): string {
  const letters = [...label];
  const wide = letters.filter((letter) => letter > "\u2e7f").length;
  const most = wide > letters.length / 2 ? LABEL_MOST : 2 * LABEL_MOST;
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : label;
}

/** The options of ECharts. Bars begin with the first line at the top; months stand side by side with last year's. */
export function options(drawn: Drawn, colours: Colours): Record<string, unknown> {
  const bars = drawn.kind === "bars";
  const names = {
    type: "category",
    data: drawn.labels.map(String),
    inverse: bars,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: colours.line } },
    axisLabel: { color: colours.text, interval: 0, fontSize: 12, ...(bars ? { formatter: short } : {}) },
  };
  const numbers = {
    type: "value",
    splitLine: { lineStyle: { color: colours.line } },
    axisLabel: { color: colours.text, fontSize: 12 },
    minInterval: drawn.unit === "%" ? undefined : 1,
  };
  return {
    animation: false,
    textStyle: { fontFamily: colours.font },
    grid: { left: 8, right: bars ? 56 : 12, top: bars ? 8 : 36, bottom: 4, containLabel: true },
    // Drawn on the canvas: the page's content policy allows no styles written into the page.
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    legend: bars ? undefined : { top: 0, right: 8, textStyle: { color: colours.text }, itemHeight: 10, itemWidth: 16 },
    xAxis: bars ? { ...numbers, show: false } : names,
    yAxis: bars ? names : numbers,
    series: drawn.lines.map((line, at) => ({
      name: line.name,
      type: "bar",
      barMaxWidth: bars ? 14 : 18,
      itemStyle: { color: at === 0 ? colours.accent : colours.then },
      data: line.values,
      ...(bars ? { label: { show: true, position: "right", color: colours.text } } : {}),
    })),
  };
}
