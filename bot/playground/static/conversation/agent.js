// What the app shows of itself as an agent, in its direct message: questions to click, and what it is doing.

import { at, icon, make } from "../dom.js";
import { busy } from "../notices.js";
import { tell } from "../server.js";
import { here, on, state, tellAll } from "../state.js";

let told = "";

function prompt({ title, message }) {
  const node = make("button", { class: "chip", type: "button", title: message }, icon("spark"), title);
  node.addEventListener("click", () => {
    tellAll("said");
    return busy(node, state.app.name, () =>
      tell("command", { user: state.user, channel: state.channel, text: message }),
    );
  });
  return node;
}

export function draw() {
  const channel = here();
  const direct = channel?.kind === "im";
  const prompts = direct ? (state.prompts[channel.id] ?? []) : [];
  at("prompts").hidden = !prompts.length;
  at("prompts").replaceChildren(...prompts.map(prompt));
  // One set of things to click is enough.
  if (prompts.length) at("suggestions").hidden = true;
  const status = direct ? state.statuses[channel.id] : "";
  at("doing").hidden = !status;
  at("doing").textContent = status ? `${state.app.name} ${status}` : "";
}

// As Slack does whenever somebody opens the conversation with an app.
function open() {
  const key = here()?.kind === "im" && state.tab === "messages" ? `${state.user} ${state.channel}` : "";
  if (key && key !== told) tell("opened", { user: state.user }).catch(() => {});
  told = key;
}

export function start() {
  on("agent", draw);
  on("changed", draw);
  on("loaded", open);
  on("moved", open);
}
