// Makes elements. Text is only ever inserted as text nodes, so nothing a user or app wrote can become markup.

const SVG = "http://www.w3.org/2000/svg";

export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  const { class: className, data, on, ...rest } = typeof props === "string" ? { class: props } : props;
  if (className) node.className = className;
  Object.assign(node.dataset, data);
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined || value === null || value === false) continue;
    if (name in node && !name.startsWith("aria-")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const [name, listener] of Object.entries(on ?? {})) node.addEventListener(name, listener);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

const PATHS = {
  hash: ["M4 9h16M4 15h16M10 3 8 21M16 3l-2 18"],
  lock: ["M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3"],
  send: ["M4 12 20 4l-5 16-3.5-6.5z"],
  clip: ["m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 4.8 4.8l-8.3 8.3a1.7 1.7 0 0 1-2.4-2.4L14.5 7"],
  close: ["M6 6l12 12M18 6 6 18"],
  menu: ["M4 7h16M4 12h16M4 17h16"],
  thread: ["M4 5h16v11H10l-4 4v-4H4z"],
  code: ["m8 7-5 5 5 5M16 7l5 5-5 5M14 4l-4 16"],
  bolt: ["M13 3 5 14h6l-1 7 8-11h-6z"],
  sun: ["M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2"],
  moon: ["M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z"],
  eye: ["M2.5 12S6 6 12 6s9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6z", "M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z"],
  download: ["M12 4v11m-5-4.5 5 5 5-5M4 20h16"],
  table: ["M4 5h16v14H4zM4 10h16M4 15h16M10 5v14"],
  file: ["M6 3h8l4 4v14H6zM14 3v4h4"],
  copy: ["M9 9h11v11H9zM5 15H4V4h11v1"],
  again: ["M20 11a8 8 0 1 0-2 6M20 5v6h-6"],
  down: ["M12 5v14m-6-6 6 6 6-6"],
  to: ["M4 12h15m-5-5 5 5-5 5"],
  from: ["M20 12H5m5-5-5 5 5 5"],
  more: ["M5 10.5v3M12 10.5v3M19 10.5v3"],
  plus: ["M12 5v14M5 12h14"],
  spark: ["M12 3l2.2 6.8L21 12l-6.8 2.2L12 21l-2.2-6.8L3 12l6.8-2.2z"],
};

export function icon(name) {
  const paths = PATHS[name].map((d) => svg("path", { d }));
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, ...paths);
}

export function iconButton(name, label, listener, className = "") {
  return make(
    "button",
    { class: `icon-button ${className}`, type: "button", "aria-label": label, title: label, on: { click: listener } },
    icon(name),
  );
}

export const at = (id) => document.getElementById(id);

export function fileSize(bytes) {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const [divisor, unit] = bytes < 1e6 ? [1e3, "kB"] : [1e6, "MB"];
  return `${(bytes / divisor).toFixed(bytes / divisor < 10 ? 1 : 0)} ${unit}`;
}
