// The emoji names that apps use most; any other name is shown as written. So is an emoji that this machine cannot draw:
// many have no font of emoji, and boxes say nothing.

import { isDrawn } from "./shapes.js";

const NAMES = {
  white_check_mark: "✅",
  heavy_check_mark: "✔️",
  x: "❌",
  warning: "⚠️",
  information_source: "ℹ️",
  bulb: "💡",
  tada: "🎉",
  rocket: "🚀",
  eyes: "👀",
  wave: "👋",
  thumbsup: "👍",
  "+1": "👍",
  thumbsdown: "👎",
  "-1": "👎",
  fire: "🔥",
  star: "⭐",
  sparkles: "✨",
  heart: "❤️",
  bell: "🔔",
  mega: "📣",
  lock: "🔒",
  key: "🔑",
  hourglass: "⌛",
  hourglass_flowing_sand: "⏳",
  clock1: "🕐",
  calendar: "📅",
  memo: "📝",
  clipboard: "📋",
  bar_chart: "📊",
  chart_with_upwards_trend: "📈",
  chart_with_downwards_trend: "📉",
  page_facing_up: "📄",
  file_folder: "📁",
  package: "📦",
  mag: "🔍",
  link: "🔗",
  gear: "⚙️",
  wrench: "🔧",
  hammer: "🔨",
  bug: "🐛",
  test_tube: "🧪",
  robot_face: "🤖",
  question: "❓",
  exclamation: "❗",
  arrow_right: "➡️",
  arrow_left: "⬅️",
  arrow_up: "⬆️",
  arrow_down: "⬇️",
  leftwards_arrow_with_hook: "↩️",
  arrows_counterclockwise: "🔄",
  repeat: "🔁",
  red_circle: "🔴",
  large_orange_circle: "🟠",
  large_yellow_circle: "🟡",
  large_green_circle: "🟢",
  large_blue_circle: "🔵",
  large_purple_circle: "🟣",
  white_circle: "⚪",
  black_circle: "⚫",
  large_red_square: "🟥",
  large_orange_square: "🟧",
  large_yellow_square: "🟨",
  large_green_square: "🟩",
  large_blue_square: "🟦",
  large_purple_square: "🟪",
  white_large_square: "⬜",
  black_large_square: "⬛",
  smile: "😄",
  slightly_smiling_face: "🙂",
  thinking_face: "🤔",
  raised_hands: "🙌",
  clap: "👏",
  pray: "🙏",
  money_with_wings: "💸",
  moneybag: "💰",
  shopping_trolley: "🛒",
  dart: "🎯",
  trophy: "🏆",
  seedling: "🌱",
};

// Black text has other colours only if a font of emoji draws it.
function drawsInColour(emoji) {
  const canvas = new OffscreenCanvas(32, 32).getContext("2d", { willReadFrequently: true });
  canvas.font = "16px sans-serif";
  canvas.fillText(emoji, 4, 22);
  const { data } = canvas.getImageData(0, 0, 32, 32);
  return data.some((value, index) => index % 4 < 2 && value !== data[index + 1]);
}

const hasFont = drawsInColour("😀");
const canShow = (emoji) => hasFont || isDrawn(emoji);

export function emojiOf(name) {
  const emoji = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  return emoji !== undefined && canShow(emoji) ? emoji : undefined;
}

export const withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emojiOf(name) ?? whole);
