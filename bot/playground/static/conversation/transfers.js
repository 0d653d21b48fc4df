// The row above the message box that shows how far an upload or a download is.

import { at, fileSize, icon, make } from "../dom.js";

export function transfer({ name, size, doing, stop }) {
  const bar = make("progress", { max: 1, value: 0, "aria-label": `${doing} ${name}` });
  const percent = make("span", "hint", "0 %");
  const row = make(
    "li",
    {},
    icon(doing === "Downloading" ? "download" : "file"),
    make("span", "grow name", name),
    make("span", "hint", fileSize(size)),
    bar,
    percent,
    make("button", { class: "link", type: "button", "aria-label": `Stop ${name}`, on: { click: stop } }, "Stop"),
  );
  return {
    show: () => at("transfers").append(row),
    remove: () => row.remove(),
    progress: (part) => {
      bar.value = part;
      percent.textContent = part < 1 ? `${Math.floor(part * 100)} %` : "Finishing…";
    },
  };
}
