// Drawings of the emoji that apps use most, on a field of 16 × 16: many machines have no font of emoji.

const RED = "#dd2e44";
const ORANGE = "#f4900c";
const YELLOW = "#fdcb58";
const GREEN = "#5c9a3f";
const BLUE = "#3b88c3";
const GREY = "#99aab5";
const DARK = "#31373d";
const PAPER = "#e1e8ed";
const WOOD = "#a0673e";

const disc = (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
const box = (x, y, width, height) => `M${x} ${y}h${width}v${height}h${-width}z`;
const tile = "M3 1h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z";
const fill = (colour, ...paths) => ({ fill: colour, d: paths.join("") });
const line = (colour, width, ...paths) => ({ stroke: colour, width, d: paths.join("") });

const face = (...more) => [
  fill(YELLOW, disc(8, 8, 7)),
  fill("#664500", disc(5.6, 6.4, 1), disc(10.4, 6.4, 1)),
  ...more,
];
const arrow = (...paths) => [fill(BLUE, tile), line("#fff", 1.8, ...paths)];
const sheet = (...more) => [fill(PAPER, "M3 1h7l3 3v11H3z"), line(GREY, 1, "M5 6h6M5 8.5h6M5 11h4"), ...more];
const thumb =
  "M2 7h3v7H2zM6 7l2.5-5.2c1.5-.2 2.1 1.1 1.7 3L9.8 6.5H13c1.3 0 1.7 1 1.4 2l-1.2 4.3c-.3.9-.8 1.2-1.6 1.2H6z";
const question = "M5.3 5.2a2.8 2.8 0 1 1 4 2.5c-1 .5-1.3 1.1-1.3 2.3";
const sand = (top, bottom) => [
  line(WOOD, 1.6, "M3.5 1.5h9M3.5 14.5h9"),
  fill(PAPER, "M4.5 2.5h7L8 8zM8 8l3.5 5.5h-7z"),
  fill(YELLOW, top, bottom),
];

export const DRAWINGS = {
  "✅": [fill(GREEN, tile), line("#fff", 2, "M4.3 8.4 7 11l4.8-6")],
  "✔": [line(GREEN, 2.4, "M2.5 8.8 6.3 12.5 13.5 3.5")],
  "❌": [line(RED, 2.6, "M3 3l10 10M13 3 3 13")],
  "⚠": [fill(YELLOW, "M8 1.2 15.6 14.6H.4z"), line(DARK, 1.7, "M8 6v4"), fill(DARK, disc(8, 12.4, 0.95))],
  ℹ: [fill(BLUE, tile), line("#fff", 1.9, "M8 7.4v4.6"), fill("#fff", disc(8, 4.5, 1.15))],
  "❓": [line(RED, 2.1, question), fill(RED, disc(8, 13.2, 1.25))],
  "❗": [line(RED, 2.4, "M8 2v7.6"), fill(RED, disc(8, 13.2, 1.35))],
  "💡": [fill(YELLOW, disc(8, 6, 4.8), box(6, 9, 4, 2.5)), line(GREY, 1.4, "M6 12.4h4M6.8 14.4h2.4")],
  "🎉": [
    fill(ORANGE, "M1.2 14.8 5 5.2l5.8 5.8z"),
    fill(RED, disc(12.8, 9.4, 1), disc(7, 2.2, 1)),
    fill(BLUE, disc(13.6, 3.4, 1.1)),
    line(GREEN, 1.3, "M9.2 6.6c.3-2 1.2-3.2 2.6-3.6"),
  ],
  "🚀": [
    fill(ORANGE, "M4.5 9.2c-2 .6-2.6 3-3 5.3 2.3-.4 4.7-1 5.3-3z"),
    fill(GREY, "M14.8 1.2C9 1.2 5.5 4.5 4 8.5l3.5 3.5c4-1.5 7.3-5 7.3-10.8z"),
    fill(RED, disc(10.4, 5.6, 1.6)),
  ],
  "👀": [fill(PAPER, disc(4.5, 8, 3.4), disc(11.5, 8, 3.4)), fill(DARK, disc(5.3, 8.6, 1.7), disc(12.3, 8.6, 1.7))],
  "👍": [fill(YELLOW, thumb)],
  "👎": [{ ...fill(YELLOW, thumb), transform: "rotate(180 8 8)" }],
  "🔥": [
    fill(
      ORANGE,
      "M8.5.8c.5 3.4 4.7 5 4.7 9a5.2 5.2 0 0 1-10.4 0c0-2 .9-3.3 1.9-4.3.2 1 .6 1.7 1.3 2.1C5.8 5 6.6 2.4 8.5.8z",
    ),
    fill(YELLOW, "M8.3 8.2c.3 1.5 2 2.3 2 4a2.3 2.3 0 0 1-4.6 0c0-1.5 1.5-2.2 2.6-4z"),
  ],
  "⭐": [fill(YELLOW, "M8 .9 10.2 5.7l5.2.6-3.9 3.5 1.1 5.2L8 12.4 3.4 15l1.1-5.2L.6 6.3l5.2-.6z")],
  "✨": [
    fill(
      YELLOW,
      "M6.5 2 8 7l5 1.5L8 10l-1.5 5L5 10 0 8.5 5 7z",
      "M12.7.6l.7 2.1 2.1.7-2.1.7-.7 2.1-.7-2.1-2.1-.7 2.1-.7z",
    ),
  ],
  "❤": [fill(RED, "M8 14.5C3.5 11 .8 8.5.8 5.4a3.7 3.7 0 0 1 7.2-1.2 3.7 3.7 0 0 1 7.2 1.2c0 3.1-2.7 5.6-7.2 9.1z")],
  "🔔": [
    fill(YELLOW, "M8 1.5c2.8 0 4.5 2 4.5 5 0 3 .7 4 1.7 5H1.8c1-1 1.7-2 1.7-5 0-3 1.7-5 4.5-5z"),
    fill(ORANGE, disc(8, 13.2, 1.6)),
  ],
  "🔒": [line(GREY, 1.8, "M4.8 7V5a3.2 3.2 0 0 1 6.4 0v2"), fill(YELLOW, box(2.8, 7, 10.4, 7.5))],
  "⌛": sand("", "M8 10.5l2.5 3h-5z"),
  "⏳": sand("M5.8 4.5h4.4L8 8z", "M8 12l1.3 1.5H6.7z"),
  "📅": [
    fill(PAPER, box(1.5, 2.5, 13, 12)),
    fill(RED, box(1.5, 2.5, 13, 3.5)),
    fill(DARK, box(4, 8, 2, 2), box(7, 8, 2, 2), box(10, 8, 2, 2), box(4, 11, 2, 2)),
  ],
  "📝": sheet(line(ORANGE, 2, "M14 7.5 9.5 12.5")),
  "📋": [
    fill(WOOD, box(2.5, 2, 11, 13)),
    fill(PAPER, box(4, 4, 8, 9.5)),
    fill(GREY, box(5.5, 1, 5, 2.5)),
    line(GREY, 1, "M5.5 7h5M5.5 9.5h5"),
  ],
  "📄": sheet(),
  "📊": [
    fill(PAPER, tile),
    fill(GREEN, box(3, 7, 2.6, 6)),
    fill(RED, box(6.7, 3, 2.6, 10)),
    fill(BLUE, box(10.4, 5.5, 2.6, 7.5)),
  ],
  "📈": [fill(PAPER, tile), line(RED, 1.7, "M3 12l3.2-4 2.6 2L13 4")],
  "📉": [fill(PAPER, tile), line(BLUE, 1.7, "M3 4l3.2 4 2.6-2L13 12")],
  "📁": [fill(BLUE, "M1 3h5l1.5 2H15v9H1z")],
  "📦": [fill(WOOD, box(1.5, 3.5, 13, 11)), fill(YELLOW, box(6.5, 3.5, 3, 4.5))],
  "🔍": [
    line(DARK, 2.2, "M9.8 9.8l4.4 4.4"),
    fill("#bdddf4", disc(6.4, 6.4, 4.7)),
    line(DARK, 1.5, disc(6.4, 6.4, 4.7)),
  ],
  "⚙": [
    line(GREY, 3, disc(8, 8, 4.2)),
    line(GREY, 1.9, "M8 .8v3M8 12.2v3M.8 8h3M12.2 8h3M2.9 2.9 5 5M11 11l2.1 2.1M2.9 13.1 5 11M11 5l2.1-2.1"),
  ],
  "🧪": [
    line(GREY, 1.2, "M5.5 1.5h5M6.2 1.5v11a1.8 1.8 0 0 0 3.6 0v-11"),
    fill(GREEN, "M6.8 7h2.4v5.5a1.2 1.2 0 0 1-2.4 0z"),
  ],
  "🤖": [
    line(GREY, 1.2, "M8 1v3"),
    fill(GREY, box(2, 4, 12, 10)),
    fill(RED, disc(8, 1.4, 1.2)),
    fill(DARK, disc(5.5, 8, 1.4), disc(10.5, 8, 1.4), box(5, 11, 6, 1.3)),
  ],
  "➡": arrow("M3.5 8h8.5M8.5 4.5 12 8l-3.5 3.5"),
  "⬅": arrow("M12.5 8H4M7.5 4.5 4 8l3.5 3.5"),
  "⬆": arrow("M8 12.5V4M4.5 7.5 8 4l3.5 3.5"),
  "⬇": arrow("M8 3.5V12M4.5 8.5 8 12l3.5-3.5"),
  "↩": arrow("M4.5 7H10a2.7 2.7 0 0 1 0 5.4H7M7 4 4 7l3 3"),
  "🔄": arrow("M12 6.5A4.5 4.5 0 0 0 4 6M4 9.5a4.5 4.5 0 0 0 8 .5M4 3v3h3M12 13v-3H9"),
  "🔁": arrow("M3.5 8V6.5a1.5 1.5 0 0 1 1.5-1.5h7M10 3l2 2-2 2M12.5 8v1.5A1.5 1.5 0 0 1 11 11H4M6 9l-2 2 2 2"),
  "😄": face(fill("#664500", "M3.8 9h8.4a4.2 4.2 0 0 1-8.4 0z")),
  "🙂": face(line("#664500", 1.2, "M4.6 9.8c1.6 2.4 5.2 2.4 6.8 0")),
  "🤔": face(line("#664500", 1.2, "M5.5 11.2l4-.7"), fill(ORANGE, disc(5, 13.5, 2.2))),
  "🎯": [fill(RED, disc(8, 8, 7)), fill("#fff", disc(8, 8, 4.8)), fill(RED, disc(8, 8, 2.6))],
  "🌱": [
    line(GREEN, 1.5, "M8 15V8"),
    fill(GREEN, "M8 9C3 9 1.5 6 1.2 3 5.5 3 8 5 8 9zM8 8c0-3.5 2.5-5.5 6.8-5.5C14.6 5.5 13 8 8 8z"),
  ],
};
