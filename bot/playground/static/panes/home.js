// The app's Home tab: opening it sends an event to the app, and the view it publishes is shown.

import { drawBlocks } from "../blocks/blocks.js";
import { enteredIn } from "../blocks/elements.js";
import { at, make } from "../dom.js";
import { busy } from "../notices.js";
import { tell } from "../server.js";
import { on, state, takeViews } from "../state.js";

const box = at("home");
let opened = "";

function empty(problem) {
  const text = problem
    ? `${state.app.name} was not told that you opened its Home tab: ${problem}.`
    : `${state.app.name} has not published a Home tab. It has been told that you opened it (app_home_opened).`;
  return make("div", "empty", make("h2", {}, "Nothing here yet"), make("p", "hint", text));
}

function draw(problem = "") {
  const view = state.home;
  if (!view) {
    box.replaceChildren(empty(problem));
    return;
  }
  const act = (control, element, block, value) =>
    busy(control, state.app.name, () =>
      tell("view/action", {
        user: state.user,
        view: view.id,
        action_id: element.action_id,
        block_id: block.block_id,
        value,
        state: enteredIn(box),
      }),
    );
  const index = [...box.querySelectorAll("button, select, input")].indexOf(document.activeElement);
  box.replaceChildren(make("div", "home-body", ...drawBlocks(view.blocks, act)));
  if (index >= 0) box.querySelectorAll("button, select, input")[index]?.focus();
}

async function open() {
  if (state.tab !== "home") {
    opened = "";
    return;
  }
  if (opened === state.user) return;
  opened = state.user;
  draw();
  const answer = await busy(null, state.app.name, () => tell("home", { user: state.user }));
  if (!answer || opened !== state.user) return;
  takeViews(answer);
  draw(answer.problem);
}

export function start() {
  on("views", () => {
    if (state.tab === "home") draw();
  });
  on("moved", open);
  on("loaded", open);
}
