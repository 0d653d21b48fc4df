// Keeps the page up to date by server-sent events, and reconnects after the playground was restarted.

import { notice } from "./notices.js";
import { Refused } from "./server.js";
import { catchUp, load, state, takeAgent, takeViews, tellAll } from "./state.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5000;
const HIDDEN_FOR = 30_000;

let source = null;
let followed = "";
let pause = FIRST_PAUSE;
let timer = null;
let broken = false;

// A browser allows six connections to one address for all tabs together, so a hidden tab closes its own.
document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (document.hidden) timer = setTimeout(stop, HIDDEN_FOR);
  else if (!source) again();
});

function stop() {
  source?.close();
  source = null;
}

export function follow() {
  if (followed === state.user && source) return;
  stop();
  followed = state.user;
  const own = new EventSource(`/playground/events?user=${encodeURIComponent(state.user)}`);
  source = own;
  own.onopen = async () => {
    pause = FIRST_PAUSE;
    if (broken) tellAll("connected");
    broken = false;
    // Fetch what happened before the connection was open; then the page is up to date.
    await Promise.allSettled([catchUp().catch((error) => notice(error.message)), ...tellAll("refetch")]);
    if (own === source) document.documentElement.dataset.live = "";
  };
  own.onmessage = (event) => {
    const { kind, ...news } = JSON.parse(event.data);
    if (kind === "views") {
      takeViews(news);
      tellAll("views");
    } else if (kind === "agent") takeAgent(news);
    else tellAll(`news:${kind}`, news);
  };
  own.onerror = () => {
    if (own !== source) return;
    stop();
    lost();
  };
}

function lost() {
  broken = true;
  delete document.documentElement.dataset.live;
  tellAll("disconnected");
  timer = setTimeout(again, pause);
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

async function again() {
  // A restarted playground counts changes from zero.
  Object.assign(state, { views_at: 0, channels_at: 0, agent_at: 0 });
  try {
    if (await load()) follow();
    else if (!source) lost(); // a later request replaced this one and may fail too
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    lost();
  }
}

export const start = again;
