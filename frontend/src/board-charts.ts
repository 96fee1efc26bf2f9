/** The chart library, as much of it as dashboards need; fetched when the first chart comes into view. */
import { BarChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { height, options, type Colours, type Draw } from "./board/shapes";

use([BarChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

function colours(box: HTMLElement): Colours {
  const style = getComputedStyle(box);
  const of = (name: string): string => style.getPropertyValue(name).trim();
  return {
    accent: of("--accent"),
    then: of("--line-strong"),
    text: of("--muted"),
    line: of("--line"),
    surface: of("--surface"),
    font: of("--font"),
  };
}

export const draw: Draw = (box, drawn) => {
  box.style.height = `${height(drawn)}px`;
  const chart = init(box);
  chart.setOption(options(drawn, colours(box)));
  new ResizeObserver(() => chart.resize()).observe(box);
};
