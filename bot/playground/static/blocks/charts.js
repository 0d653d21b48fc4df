// Draws data_visualization blocks: bars, lines, areas and pies, each with a table for screen readers.

import { make, svg } from "../dom.js";

const WIDTH = 400;
const NARROWEST = 220;
const HEIGHT = 232;
const LEFT = 46;
const TICK_GAP = 8;
const BOTTOM = 44;
const LETTER = 6.6;
const LINE = 14;
const TOP = 30;
const TICKS = 4;
const number = new Intl.NumberFormat();

function step(most) {
  const rough = most / TICKS || 1;
  const size = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * size).find((one) => one >= rough);
}

const cut = (label, room) => (label.length > room ? `${label.slice(0, Math.max(1, room - 1))}…` : label);

function axes(categories, top, low, axis, width) {
  const group = svg("g");
  const unit = step(top - low);
  const lowest = Math.floor(low / unit) * unit;
  const highest = Math.max(Math.ceil(top / unit) * unit, lowest + unit);
  const ticks = [];
  for (let value = lowest; value <= highest + unit / 1e6; value += unit) ticks.push(value);
  const written = ticks.map((value) => number.format(Number(value.toFixed(6))));
  // The longest figure decides where the plot begins: "100,000" must not lose its first digit.
  const left = Math.max(LEFT, Math.max(...written.map((text) => text.length)) * LETTER + TICK_GAP + 2);
  const band = (width - left - 8) / categories.length;
  const every = Math.ceil(categories.length / 10);
  // Names that do not fit beside each other alternate between two lines.
  const turns = categories.some((name) => name.length * LETTER > band * every) ? 2 : 1;
  const bottom = BOTTOM + (turns - 1) * LINE;
  const inner = HEIGHT - bottom - TOP;
  const y = (value) => TOP + inner - ((value - lowest) / (highest - lowest)) * inner;
  ticks.forEach((value, index) => {
    group.append(svg("line", { class: "grid", x1: left, x2: width - 8, y1: y(value), y2: y(value) }));
    const label = svg("text", { class: "tick", x: left - TICK_GAP, y: y(value) + 4, "text-anchor": "end" });
    label.textContent = written[index];
    group.append(label);
  });
  categories.forEach((category, index) => {
    if (index % every) return;
    const label = svg("text", {
      class: "tick",
      x: left + band * (index + 0.5),
      y: HEIGHT - bottom + 18 + ((index / every) % turns) * LINE,
      "text-anchor": "middle",
    });
    label.textContent = cut(category, Math.max(4, Math.floor((band * every * turns) / LETTER)));
    group.append(label);
  });
  if (axis?.x_label) {
    const label = svg("text", { class: "axis", x: (left + width) / 2, y: HEIGHT - 6, "text-anchor": "middle" });
    label.textContent = axis.x_label;
    group.append(label);
  }
  if (axis?.y_label) {
    const label = svg("text", { class: "axis", x: 2, y: 11 });
    label.textContent = cut(axis.y_label, 40);
    group.append(label);
  }
  return { group, y, band, left, zero: y(Math.max(lowest, Math.min(0, highest))) };
}

function bars(series, frame) {
  const group = svg("g");
  const width = Math.min((frame.band * 0.62) / series.length, 56);
  series.forEach((one, turn) => {
    one.data.forEach((point, index) => {
      const middle = frame.left + frame.band * (index + 0.5) + (turn - (series.length - 1) / 2) * width;
      const [high, low] = [frame.y(point.value), frame.zero].sort((a, b) => a - b);
      const bar = svg("rect", {
        class: `fill-${turn % 6}`,
        x: middle - width / 2,
        y: high,
        width: width - 2,
        height: Math.max(low - high, 1),
        rx: 3,
      });
      const value = svg("text", { class: "value", x: middle - 1, y: high - 4, "text-anchor": "middle" });
      value.textContent = series.length * one.data.length <= 12 ? number.format(point.value) : "";
      group.append(bar, value);
    });
  });
  return group;
}

function lines(series, frame, filled) {
  const group = svg("g");
  series.forEach((one, turn) => {
    const points = one.data.map((point, index) => `${frame.left + frame.band * (index + 0.5)},${frame.y(point.value)}`);
    if (filled) {
      const ends = [points.at(-1), points[0]].map((point) => `${point.split(",")[0]},${frame.zero}`);
      group.append(svg("polygon", { class: `fill-${turn % 6} area`, points: [...points, ...ends].join(" ") }));
    }
    group.append(svg("polyline", { class: `stroke-${turn % 6}`, points: points.join(" ") }));
    for (const point of points) {
      const [cx, cy] = point.split(",");
      group.append(svg("circle", { class: `fill-${turn % 6}`, cx, cy, r: 3 }));
    }
  });
  return group;
}

function pie(segments) {
  const total = segments.reduce((sum, one) => sum + Math.max(one.value, 0), 0) || 1;
  const group = svg("g", { transform: `translate(${HEIGHT / 2},${HEIGHT / 2})` });
  const radius = HEIGHT / 2 - 12;
  const around = 2 * Math.PI * (radius / 2);
  let before = 0;
  segments.forEach((one, index) => {
    const share = Math.max(one.value, 0) / total;
    group.append(
      svg("circle", {
        class: `stroke-${index % 6} slice`,
        r: radius / 2,
        "stroke-width": radius,
        "stroke-dasharray": `${share * around} ${around}`,
        "stroke-dashoffset": -before * around,
        transform: "rotate(-90)",
      }),
    );
    before += share;
  });
  return group;
}

function legend(names) {
  const entry = (name, index) => make("li", {}, make("span", `dot fill-${index % 6}`), name);
  return make("ul", "legend", ...names.map(entry));
}

function asTable(series) {
  const rows = series.flatMap((one) =>
    one.data.map((point) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, [one.name, point.label].filter(Boolean).join(" · ")),
        make("td", {}, number.format(point.value)),
      ),
    ),
  );
  // A table cannot be one pixel high, so the box around it is hidden instead.
  return make("div", "hidden", make("table", {}, make("tbody", {}, ...rows)));
}

// Redrawn for the available width instead of scaled, so that its text keeps its size in a thread or on a phone.
const sizes = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const width = Math.max(NARROWEST, Math.round(contentRect.width));
    if (contentRect.width && target.viewBox.baseVal.width !== width) target.fit(width);
  }
});

export function chart(block) {
  const { chart: drawn, title } = block;
  const series = drawn.segments ? [{ name: "", data: drawn.segments }] : drawn.series;
  const values = series.flatMap((one) => one.data.map((point) => point.value));
  const picture = svg("svg", {
    viewBox: `0 0 ${drawn.segments ? HEIGHT : WIDTH} ${HEIGHT}`,
    class: drawn.segments ? "chart round" : "chart",
    role: "img",
    "aria-label": `${title}: ${series.flatMap((one) => one.data.map((p) => `${p.label} ${p.value}`)).join(", ")}`,
  });
  if (drawn.segments) picture.append(pie(drawn.segments));
  else {
    const categories = drawn.axis_config?.categories ?? series[0].data.map((point) => point.label);
    picture.fit = (width) => {
      const frame = axes(categories, Math.max(0, ...values), Math.min(0, ...values), drawn.axis_config, width);
      picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      picture.replaceChildren(
        frame.group,
        drawn.type === "bar" ? bars(series, frame) : lines(series, frame, drawn.type === "area"),
      );
    };
    picture.fit(WIDTH);
    sizes.observe(picture);
  }
  const named = drawn.segments
    ? drawn.segments.map((one) => `${one.label} ${number.format(one.value)}`)
    : series.map((one) => one.name);
  const node = make("figure", "figure", make("figcaption", "figure-title", title), picture);
  if (drawn.segments || series.length > 1) node.append(legend(named));
  node.append(asTable(series));
  return node;
}
