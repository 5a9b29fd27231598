// <div data-chart="id"> draws the numbers of <script type="application/json" id="id">; the same numbers stand in
// the page as a table, which is what screen readers read.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { onThemeChange, pageData, token } from "../page.ts";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/** What the server sends; `values` in the unit named by `unit`, money in minor units. */
export interface ChartData {
  kind: "line" | "bar" | "rank";
  categories: string[];
  series: { name: string; values: (number | null)[] }[];
  unit?: "count" | "money" | "percent" | "minutes";
  currency?: string;
  /** One address for each category: what a click opens. */
  links?: string[];
}

interface Hit {
  seriesName?: string;
  name: string;
  value: unknown;
  dataIndex: number;
  color?: unknown;
}

const FONT = getComputedStyle(document.body).fontFamily;
const SERIES_TOKENS = ["--chart-1", "--chart-2", "--chart-3", "--chart-4", "--chart-5"];

function formatter(data: ChartData): (value: number) => string {
  const language = document.documentElement.lang;
  if (data.unit === "money") {
    const money = new Intl.NumberFormat(language, {
      style: "currency",
      currency: data.currency ?? "CNY",
      currencyDisplay: "narrowSymbol",
      maximumFractionDigits: 0,
    });
    return (value) => money.format(value / 100);
  }
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  if (data.unit === "percent") return (value) => `${number.format(value)}%`;
  return (value) => number.format(value);
}

function tooltip(hits: Hit[], format: (value: number) => string): HTMLElement {
  const box = document.createElement("div");
  box.className = "chart-tip";
  const head = document.createElement("div");
  head.className = "chart-tip-head";
  head.textContent = hits[0]?.name ?? "";
  box.append(head);
  for (const hit of hits) {
    const row = document.createElement("div");
    row.className = "chart-tip-row";
    const dot = document.createElement("span");
    dot.className = "chart-tip-dot";
    dot.style.backgroundColor = typeof hit.color === "string" ? hit.color : "";
    const value = document.createElement("strong");
    value.textContent = typeof hit.value === "number" ? format(hit.value) : "–";
    row.append(dot, hit.seriesName ?? "", value);
    box.append(row);
  }
  return box;
}

function axes(data: ChartData, format: (value: number) => string, ink: string, line: string): object {
  const names = {
    type: "category",
    data: data.categories,
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    axisLabel: { color: ink, fontFamily: FONT, hideOverlap: true, width: 96, overflow: "truncate" },
  };
  const values = {
    type: "value",
    splitNumber: 4,
    axisLabel: { color: ink, fontFamily: FONT, formatter: format },
    splitLine: { lineStyle: { color: line } },
  };
  return data.kind === "rank"
    ? { xAxis: values, yAxis: { ...names, inverse: true } }
    : { xAxis: { ...names, boundaryGap: data.kind === "bar" }, yAxis: values };
}

function marks(data: ChartData): object[] {
  return data.series.map(({ name, values }) =>
    data.kind === "line"
      ? { type: "line", name, data: values, showSymbol: values.length < 16, symbol: "circle", symbolSize: 6, lineStyle: { width: 2 } }
      : { type: "bar", name, data: values, barMaxWidth: 24, itemStyle: { borderRadius: 3 } },
  );
}

function options(data: ChartData): echarts.EChartsCoreOption {
  const format = formatter(data);
  const ink = token("--secondary");
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    color: SERIES_TOKENS.map(token),
    textStyle: { fontFamily: FONT },
    grid: { left: 4, right: 12, top: data.series.length > 1 ? 36 : 12, bottom: 4, outerBoundsMode: "same" },
    legend: { show: data.series.length > 1, top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 4, textStyle: { color: ink } },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: token("--bg-surface"),
      borderColor: token("--border-color"),
      textStyle: { color: token("--body-color"), fontFamily: FONT },
      axisPointer: { type: data.kind === "line" ? "line" : "shadow" },
      formatter: (hits: Hit | Hit[]) => tooltip([hits].flat(), format),
    },
    ...axes(data, format, ink, token("--border-color")),
    series: marks(data),
  };
}

export function mount(element: HTMLElement): void {
  const id = element.dataset["chart"] ?? "";
  let data = pageData<ChartData>(id);
  if (!data) return;
  const chart = echarts.init(element);
  const draw = (): void => {
    if (data) chart.setOption(options(data), { notMerge: true });
  };
  draw();
  chart.on("click", (hit) => {
    const link = data?.links?.[hit.dataIndex ?? -1];
    if (link) location.assign(link);
  });
  new ResizeObserver(() => chart.resize()).observe(element);
  onThemeChange(draw);
  document.addEventListener("htmx:load", () => {
    const fresh = pageData<ChartData>(id);
    if (!fresh || JSON.stringify(fresh) === JSON.stringify(data)) return;
    data = fresh;
    draw();
  });
}
