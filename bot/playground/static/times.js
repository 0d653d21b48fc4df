// Formats times for people; the exact time is always in the title.

const DAY = 86_400_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const dated = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export const dateOf = (ts) => new Date(Number(ts) * 1000);
export const clockTime = (ts) => clock.format(dateOf(ts));
export const exactTime = (ts) => exact.format(dateOf(ts));

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

export function dayName(ts, now = new Date()) {
  const date = dateOf(ts);
  const days = Math.round((midnight(now) - midnight(date)) / DAY);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return (days < 180 ? weekday : dated).format(date);
}

export const sameDay = (one, other) => midnight(dateOf(one)) === midnight(dateOf(other));

export function ago(ts, now = Date.now()) {
  const seconds = Math.round((now - Number(ts) * 1000) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 3600) return relative.format(-Math.round(seconds / 60), "minute");
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3600), "hour");
  return relative.format(-Math.round(seconds / 86_400), "day");
}

// The tokens of <!date^…>, in the viewer's own time zone.
export function formatDate(seconds, pattern) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return pattern;
  const as = (options) => new Intl.DateTimeFormat(undefined, options).format(date);
  const tokens = {
    date_num: () => date.toLocaleDateString("sv"),
    date: () => as({ dateStyle: "long" }),
    date_short: () => as({ dateStyle: "medium" }),
    date_long: () => as({ dateStyle: "full" }),
    date_pretty: () => dayName(seconds),
    date_short_pretty: () => dayName(seconds),
    date_long_pretty: () => dayName(seconds),
    time: () => as({ timeStyle: "short" }),
    time_secs: () => as({ timeStyle: "medium" }),
    ago: () => ago(seconds),
  };
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => tokens[name]?.() ?? whole);
}
