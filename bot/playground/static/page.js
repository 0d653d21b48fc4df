// Starts the page: redraws its parts on changes and handles the keys that work everywhere.

import * as agent from "./conversation/agent.js";
import * as composer from "./conversation/composer.js";
import { redrawTimes } from "./conversation/message.js";
import * as shortcuts from "./conversation/shortcuts.js";
import * as stream from "./conversation/stream.js";
import * as uploads from "./conversation/uploads.js";
import * as welcome from "./conversation/welcome.js";
import { at, icon, make } from "./dom.js";
import * as layers from "./layers.js";
import * as live from "./live.js";
import { notice } from "./notices.js";
import * as faults from "./panes/faults.js";
import * as home from "./panes/home.js";
import * as inspector from "./panes/inspector.js";
import * as modal from "./panes/modal.js";
import * as pane from "./panes/pane.js";
import * as thread from "./panes/thread.js";
import * as sidebar from "./sidebar.js";
import { channelOf, on, remember, state } from "./state.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const MINUTE = 60_000;
let drawnFor = "";

const isDark = () => (document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";

function drawTheme() {
  const button = at("theme");
  button.replaceChildren(icon(isDark() ? "sun" : "moon"));
  button.setAttribute("aria-label", isDark() ? "Light theme" : "Dark theme");
}

function draw() {
  if (drawnFor && drawnFor !== `${state.user} ${state.channel}` && ["thread", "inspector"].includes(pane.showing()))
    pane.closePane();
  drawnFor = `${state.user} ${state.channel}`;
  sidebar.drawSidebar();
  sidebar.drawBar();
  composer.drawComposer();
  welcome.drawSuggestions();
  agent.draw();
  shortcuts.draw();
  if (channelOf(state.channel)) stream.show().catch((error) => notice(error.message));
}

const EVENTS = { file_shared: "the file", app_home_opened: "its opened tab" };
const PROBLEMS = {
  connection_failed: "nothing listens at its address. Is it running?",
  http_timeout: "it took longer than three seconds to answer.",
  http_error: "it answered with an error; the terminal it runs in says which.",
};

export function start() {
  for (const part of [
    layers,
    pane,
    sidebar,
    composer,
    shortcuts,
    agent,
    uploads,
    stream,
    thread,
    modal,
    home,
    inspector,
    faults,
    welcome,
  ])
    part.start();
  drawTheme();
  dark.addEventListener("change", drawTheme);
  at("theme").addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    remember("theme", theme);
    drawTheme();
  });
  on("loaded", () => {
    sidebar.drawPeople();
    welcome.drawWelcome();
    draw();
    live.follow();
  });
  on("moved", draw);
  // The channel's members or its archived state changed: its messages stay, but what can be done there may change.
  on("changed", () => {
    sidebar.drawBar();
    composer.drawComposer();
    welcome.drawWelcome();
    welcome.drawSuggestions();
  });
  setInterval(redrawTimes, MINUTE / 2);
  on("refetch", () => stream.show().catch((error) => notice(error.message)));
  on("disconnected", () => {
    const banner = at("banner");
    banner.hidden = false;
    banner.replaceChildren(
      make("span", "spinner"),
      "The playground is not running. Start it again with “make run”; this page reconnects by itself.",
    );
  });
  on("connected", () => {
    at("banner").hidden = true;
  });
  on("news:trouble", ({ event, problem }) =>
    notice(
      `${state.app.name} did not get the event about ${EVENTS[event] ?? event}: ${PROBLEMS[problem] ?? problem} Slack will try again soon.`,
    ),
  );
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (sidebar.isOpen()) {
      sidebar.close();
      at("menu").focus();
    } else if (pane.showing()) pane.closePane();
  });
  live.start();
}

start();
at("text").focus({ preventScroll: true });
