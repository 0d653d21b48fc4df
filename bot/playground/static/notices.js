// Short notices over the conversation, which disappear by themselves.

import { at, iconButton, make } from "./dom.js";

const SECONDS = 8;

export function notice(text, kind = "error") {
  const node = make(
    "div",
    { class: `notice ${kind}`, role: kind === "error" ? "alert" : "status" },
    make("span", "grow", text),
  );
  node.append(iconButton("close", "Dismiss", () => node.remove()));
  // Shown again as a popover, so that it is above a dialog opened since.
  const box = at("notices");
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
  for (const old of [...at("notices").children]) if (old.textContent === node.textContent) old.remove();
  at("notices").append(node);
  setTimeout(() => node.remove(), SECONDS * 1000);
}

// Marks a control as busy while the app works, and shows a notice if it fails.
export async function busy(control, app, work) {
  control?.setAttribute("aria-busy", "true");
  try {
    const answer = await work();
    if (answer?.problem)
      notice(
        `That didn't work: ${answer.problem}. Try again; if it keeps happening, look in the terminal ${app} runs in.`,
      );
    return answer;
  } catch (error) {
    notice(error.message);
    return null;
  } finally {
    control?.removeAttribute("aria-busy");
  }
}
