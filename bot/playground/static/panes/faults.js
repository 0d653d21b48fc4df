// The faults panel: starts faults, shows the active ones, clears them all.

import { newId } from "../blocks/elements.js";
import { at, icon, make } from "../dom.js";
import { busy, notice } from "../notices.js";
import { ask, tell } from "../server.js";
import { on, state } from "../state.js";
import { openPane, showing } from "./pane.js";

// A command is answered in the HTTP response itself, so only files make the app call the Web API.
const CALLS = "drop a CSV into a channel and look at its thread.";
const KINDS = [
  ["429", "Too many requests", "Answers 429 and asks to wait 3 seconds", ["method", "times"], CALLS],
  ["500", "Server error", "Answers 500 without a body", ["method", "times"], CALLS],
  ["timeout", "Timeout", "Accepts the call and never answers", ["method", "times"], CALLS],
  ["scope", "Missing scope", "Acts as if the app had been installed without it", ["scope"], CALLS],
  [
    "twice",
    "Event twice",
    "Delivers the next event a second time",
    ["times"],
    "drop a CSV into a channel: the app still answers only once.",
  ],
  ["unreachable", "App is down", "Nothing gets through to the app", [], "type a command, or drop a CSV."],
];
const button = at("open-faults");
let asked = 0;

function select(label, options, name) {
  const id = newId("fault");
  const node = make(
    "select",
    { class: "input", id, name },
    ...options.map(([value, text]) => make("option", { value }, text)),
  );
  return make(
    "div",
    { class: "field", data: { part: name } },
    make("label", { class: "label", htmlFor: id }, label),
    node,
  );
}

function active(found) {
  if (!found.active.length) return make("p", "hint", "None. The workspace works normally.");
  return make("ul", "active-faults", ...found.active.map((words) => make("li", {}, words)));
}

function mark(found) {
  const count = found.active.length;
  button.classList.toggle("marked", count > 0);
  button.setAttribute("aria-label", count ? `Faults on demand, ${count} active` : "Faults on demand");
}

async function again(control, record) {
  const answer = await busy(control, state.app.name, () => tell("redeliver", { record }));
  if (answer && !answer.problem) notice("Delivered again with the same event id.", "good");
}

function draw(found) {
  mark(found);
  const kinds = KINDS.map(([value, title, detail], index) => {
    const radio = make("input", { type: "radio", name: "kind", value });
    radio.checked = index === 0;
    return make(
      "label",
      "choice card-choice",
      radio,
      make("span", {}, make("strong", {}, title), make("span", "hint", detail)),
    );
  });
  const method = select(
    "Which call",
    found.methods.map((name) => [name, name === "*" ? "Any call" : name]),
    "method",
  );
  const times = select(
    "How often",
    [
      ["1", "Once"],
      ["3", "3 times"],
      ["", "Until cleared"],
    ],
    "times",
  );
  const scope = select(
    "Which scope",
    found.scopes.map((name) => [name, name]),
    "scope",
  );
  const see = make("p", "hint see");
  const apply = make("button", { class: "button primary", type: "submit" }, "Start fault");
  const form = make(
    "form",
    "fault-form",
    make("fieldset", { class: "choices" }, make("legend", "label", "What goes wrong"), ...kinds),
    method,
    times,
    scope,
    see,
    apply,
  );
  const fit = () => {
    const [, , , parts, todo] = KINDS.find(([value]) => value === form.elements.kind.value);
    see.textContent = `To see it, ${todo}`;
    for (const box of [method, times, scope]) box.hidden = !parts.includes(box.dataset.part);
  };
  form.addEventListener("change", fit);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const often = form.elements.times.value;
    const sent = {
      kind: form.elements.kind.value,
      method: form.elements.method.value,
      times: often ? Number(often) : null,
      scope: form.elements.scope.value,
    };
    await busy(apply, state.app.name, () => tell("faults", sent).then(refresh));
  });
  const list = make("div", { class: "in-force", role: "status" }, active(found));
  const reset = make("button", { class: "button small", type: "button" }, icon("again"), "Clear all faults");
  reset.addEventListener("click", () => busy(reset, state.app.name, () => tell("faults/reset", {}).then(refresh)));
  const repeat = make(
    "button",
    { class: "button small", type: "button", disabled: !found.last_event },
    found.last_event ? `Deliver ${found.last_event.type} again` : "No event to repeat yet",
  );
  repeat.addEventListener("click", () => again(repeat, found.last_event.record));
  fit();
  const box = make(
    "div",
    { class: "scroll-y faults", tabIndex: 0, role: "region", "aria-label": "Faults" },
    make("p", "hint intro", "See what people see when Slack or the app has problems."),
    form,
  );
  const foot = make(
    "div",
    "faults-foot",
    make("h3", "label", "Active faults"),
    list,
    make("div", "actions", reset, repeat),
  );
  openPane("faults", "Faults on demand", [box, foot]);
}

// Answers may arrive out of order, so only the one to the latest request is used.
async function refresh() {
  asked += 1;
  const own = asked;
  const found = await ask("faults");
  if (own !== asked) return;
  mark(found);
  const list = document.querySelector(".in-force");
  if (showing() === "faults" && list) list.replaceChildren(active(found));
}

export function start() {
  button.append(icon("bolt"));
  button.addEventListener("click", async () => {
    try {
      // Redrawing an open panel would reset what was chosen in it.
      if (showing() === "faults") await refresh();
      else draw(await ask("faults"));
    } catch (error) {
      notice(error.message);
    }
  });
  on("news:faults", () => refresh().catch((error) => notice(error.message)));
  on("refetch", () => refresh().catch((error) => notice(error.message)));
}
