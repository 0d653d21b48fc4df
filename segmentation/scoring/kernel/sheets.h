/* Rows of an xlsx sheet's XML → its cells. A row is plain if it is written as nearly every program writes it; any other is
   odd, and left to the XML parser. In doubt a row is odd, so that a rule missing here costs time and never a cell. */

#ifndef SEGBOT_SHEETS_H
#define SEGBOT_SHEETS_H

#include "rows.h"

/* `Kind` of cells.py, and the types that a cell's tag may name. */
enum { TEXT_KIND, NUMBER_KIND, DATE_KIND, BOOLEAN_KIND, ERROR_KIND };
enum { NUMBER_TYPE, SHARED_TYPE, BOOLEAN_TYPE, ERROR_TYPE, TEXT_TYPE };
enum { MOST_SHEET_COLUMNS = 16384, MOST_LETTERS = 3, MOST_ROW_DIGITS = 7, MOST_STYLE_DIGITS = 5, MOST_INDEX_DIGITS = 9 };
/* Digits of a whole number that 64 bits hold, and of a power of ten that they hold. */
enum { MOST_SIGNIFICANT = 19 };

struct sheet_rows {
  /* given */
  const byte *dates; /* by style: whether its numbers are dates */
  int64_t style_count, shared_count;
  double days_later; /* what is added to dates */
  /* room, given by the caller */
  int64_t most_rows, most_cells, text_size;
  int64_t *rows;      /* each row's number, counted from 0; meaningless for an odd one */
  byte *odd, *hidden;
  uint32_t *cell_rows, *columns, *formats;
  byte *kinds;
  double *numbers;    /* NaN for a text */
  uint32_t *texts;    /* 0 for a number; then the workbook's table of texts from 1 on, and behind it those of `text` */
  byte *text;         /* texts that stand in cells, each with a < behind it */
  /* what was found */
  int64_t row_count, cell_count, text_count, text_written;
};

struct sheet_texts {
  int64_t most_items, text_size;
  byte *odd;
  byte *text; /* those of plain items, each with a < behind it */
  int64_t item_count, text_written;
};

/* As `struct_sizes`. */
EXPORTED void sheet_struct_sizes(int64_t *sizes) {
  sizes[0] = sizeof(struct sheet_rows);
  sizes[1] = sizeof(struct sheet_texts);
}

/* ---- what XML is made of ---- */

/* Moves on behind a text if it stands here. */
#define TAKE(at, end, text) take(&(at), end, text, sizeof(text) - 1)
static inline int take(const byte **at, const byte *end, const char *text, size_t size) {
  if ((size_t)(end - *at) < size || memcmp(*at, text, size)) return 0;
  *at += size;
  return 1;
}

static inline const byte *skip_blanks(const byte *at, const byte *end) {
  while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) at++;
  return at;
}

/* Returns where a text ends, at the next <; NULL if only the parser can tell what stands in it. */
static inline const byte *text_end(const byte *at, const byte *end) {
  for (; at < end && *at != '<'; at++)
    if (*at == '>' || *at == '&' || *at == '\r') return NULL;
  return at < end ? at : NULL;
}

/* Returns where the element ends that `tag`, its end tag, closes; `end` if it is not closed. */
static inline const byte *element_end(const byte *at, const byte *end, const char *tag, size_t size) {
  while ((at = memchr(at, '<', (size_t)(end - at))) != NULL) {
    if (take(&at, end, tag, size)) return at;
    at++;
  }
  return end;
}

/* Reads a whole number of at most `most` digits, at most 19; -1 if there is none. */
static inline int64_t whole_number(const byte **at, const byte *end, int64_t most) {
  const byte *start = *at;
  int64_t number = 0;
  for (; *at < end && is_digit(**at); ++*at) {
    if (*at - start == most) return -1;
    number = number * 10 + (**at - '0');
  }
  return *at > start ? number : -1;
}

/* ---- numbers ---- */

/* Returns the float nearest to whole / 10**power, ties to even; `power` is 1 to 19. The quotient has at least 64 digits
   in base 2, so that what is left of the division only says on which side of a tie the number is. */
static double quotient(uint64_t whole, int64_t power) {
  if (!whole) return 0;
  uint64_t divisor = 1;
  for (int64_t i = 0; i < power; i++) divisor *= 10;
  int shift = __builtin_clzll(whole);
  unsigned __int128 number = (unsigned __int128)(whole << shift) << 64, found = number / divisor;
  uint64_t high = (uint64_t)(found >> 64);
  int drop = (high ? 128 - __builtin_clzll(high) : 64) - 53;
  unsigned __int128 cut = found & (((unsigned __int128)1 << drop) - 1), half = (unsigned __int128)1 << (drop - 1);
  uint64_t kept = (uint64_t)(found >> drop);
  kept += cut > half || (cut == half && (number % divisor || (kept & 1)));
  return ldexp((double)kept, drop - 64 - shift);
}

/* Reads a number as XML writes it, to the nearest float; 0 if it is written otherwise, or has too many digits. */
static int xml_number(const byte *at, const byte *end, double *value) {
  uint64_t whole = 0;
  int64_t digits = 0, significant = 0, fraction = 0, power = 0;
  int negative = at < end && *at == '-', pointed = 0;
  for (at += negative; at < end && (is_digit(*at) || (*at == '.' && !pointed && digits)); at++) {
    if (*at == '.') {
      pointed = 1;
      continue;
    }
    digits++;
    fraction += pointed;
    significant += significant || *at != '0';
    if (significant > MOST_SIGNIFICANT) return 0;
    whole = whole * 10 + (uint64_t)(*at - '0');
  }
  if (!digits || (pointed && !fraction)) return 0;
  if (at < end && (*at == 'e' || *at == 'E')) {
    int down = ++at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    power = whole_number(&at, end, 2);
    if (power < 0) return 0;
    if (down) power = -power;
  }
  power -= fraction;
  if (at != end || power > MOST_SIGNIFICANT || power < -MOST_SIGNIFICANT) return 0;
  double found;
  if (power < 0) {
    /* So few digits and such a power of ten are exact as floats, and one division rounds once. */
    found = whole <= (1ull << 53) && -power <= MOST_DIGITS ? (double)whole / POWERS[-power] : quotient(whole, -power);
  } else {
    unsigned __int128 large = whole;
    for (int64_t i = 0; i < power; i++) large *= 10;
    found = (double)large;
  }
  *value = negative ? -found : found;
  return 1;
}

/* ---- cells ---- */

struct cell_tag {
  int64_t column, style; /* no style is the first */
  int type;
};

/* Reads a cell's tag behind "<c " up to its end; NULL if it is written otherwise than usual. */
static inline const byte *read_cell_tag(const byte *at, const byte *end, struct cell_tag *tag) {
  *tag = (struct cell_tag){0, 0, NUMBER_TYPE};
  if (!TAKE(at, end, "r=\"")) return NULL;
  const byte *letters = at;
  for (; at < end && *at >= 'A' && *at <= 'Z'; at++) {
    if (at - letters == MOST_LETTERS) return NULL;
    tag->column = tag->column * 26 + (*at - 'A') + 1;
  }
  if (at == letters || tag->column-- > MOST_SHEET_COLUMNS) return NULL;
  if (whole_number(&at, end, MOST_ROW_DIGITS) < 0 || !TAKE(at, end, "\"")) return NULL;
  if (TAKE(at, end, " s=\"")) {
    const byte *start = at;
    tag->style = whole_number(&at, end, MOST_STYLE_DIGITS);
    if (tag->style < 0 || (*start == '0' && at - start > 1) || !TAKE(at, end, "\"")) return NULL;
  }
  if (TAKE(at, end, " t=\"")) {
    if (TAKE(at, end, "s\"")) tag->type = SHARED_TYPE;
    else if (TAKE(at, end, "inlineStr\"") || TAKE(at, end, "str\"")) tag->type = TEXT_TYPE;
    else if (TAKE(at, end, "b\"")) tag->type = BOOLEAN_TYPE;
    else if (TAKE(at, end, "e\"")) tag->type = ERROR_TYPE;
    else if (!TAKE(at, end, "n\"")) return NULL;
  }
  return at;
}

/* Moves on behind a formula if one stands here; NULL if only the parser can tell where it ends. */
static inline const byte *skip_formula(const byte *at, const byte *end, int *found) {
  if (end - at < 3 || at[0] != '<' || at[1] != 'f' || (at[2] != '>' && at[2] != ' ')) return at;
  *found = 1;
  for (at += 2; at < end && *at != '>'; at++)
    if (*at == '<' || *at >= 0x80) return NULL;
  if (at == end) return NULL;
  if (at[-1] == '/') return at + 1;
  /* What the formula is does not matter, but that it is text. */
  for (at++; at < end && *at != '<'; at++)
    if (*at == '>' || *at >= 0x80) return NULL;
  return TAKE(at, end, "</f>") ? at : NULL;
}

static inline int is_error(const byte *at, const byte *end) {
  for (; at < end; at++) {
    byte c = *at;
    if (!is_digit(c) && !(c >= 'A' && c <= 'Z') && c != '#' && c != '/' && c != '!' && c != '?' && c != '_') return 0;
  }
  return 1;
}

/* Keeps a text of the sheet itself; returns its place, 0 if there is no room. */
static inline uint32_t keep_text(struct sheet_rows *sheet, const byte *at, const byte *end) {
  int64_t size = end - at;
  if (size >= sheet->text_size - sheet->text_written) return 0;
  memcpy(sheet->text + sheet->text_written, at, (size_t)size);
  sheet->text_written += size;
  sheet->text[sheet->text_written++] = '<';
  return (uint32_t)(1 + sheet->shared_count + sheet->text_count++);
}

/* Keeps a cell with a value; 0 if it is not as usual. */
static inline int keep_cell(struct sheet_rows *sheet, const struct cell_tag *tag, int64_t row, const byte *at,
                            const byte *end) {
  int64_t cell = sheet->cell_count, general = sheet->style_count;
  int64_t format = tag->style < general ? tag->style : general, index;
  double number = NAN;
  uint32_t text = 0;
  byte kind = TEXT_KIND;
  if (cell == sheet->most_cells) return 0;
  switch (tag->type) {
  case NUMBER_TYPE:
    if (!xml_number(at, end, &number)) return 0;
    kind = format < general && sheet->dates[format] ? DATE_KIND : NUMBER_KIND;
    /* Folds -0.0 into 0.0. */
    number += kind == DATE_KIND ? sheet->days_later : 0.0;
    break;
  case SHARED_TYPE:
    index = whole_number(&at, end, MOST_INDEX_DIGITS);
    if (index < 0 || at != end || index >= sheet->shared_count) return 0;
    text = (uint32_t)(1 + index);
    break;
  case BOOLEAN_TYPE:
    kind = BOOLEAN_KIND;
    format = general;
    number = TAKE(at, end, "1") || TAKE(at, end, "true");
    if (at != end && !((TAKE(at, end, "0") || TAKE(at, end, "false")) && number == 0.0 && at == end)) return 0;
    break;
  default:
    if (tag->type == ERROR_TYPE) {
      if (!is_error(at, end)) return 0;
      kind = ERROR_KIND;
      format = general;
    }
    text = keep_text(sheet, at, end);
    if (!text) return 0;
  }
  sheet->cell_rows[cell] = (uint32_t)row;
  sheet->columns[cell] = (uint32_t)tag->column;
  sheet->formats[cell] = (uint32_t)format;
  sheet->kinds[cell] = kind;
  sheet->numbers[cell] = number;
  sheet->texts[cell] = text;
  sheet->cell_count++;
  return 1;
}

/* Reads a cell behind "<c " up to its end; NULL if it is not as usual. */
static inline const byte *read_cell(struct sheet_rows *sheet, int64_t row, const byte *at, const byte *end) {
  struct cell_tag tag;
  int formula = 0, value;
  at = read_cell_tag(at, end, &tag);
  if (!at || TAKE(at, end, "/>")) return at;
  if (!TAKE(at, end, ">")) return NULL;
  at = skip_formula(skip_blanks(at, end), end, &formula);
  if (!at) return NULL;
  at = skip_blanks(at, end);
  if (!formula && TAKE(at, end, "</c>")) return at;
  value = TAKE(at, end, "<v>");
  if (!value) {
    if (formula || !TAKE(at, end, "<is>")) return NULL;
    at = skip_blanks(at, end);
    if (!TAKE(at, end, "<t>") && !TAKE(at, end, "<t xml:space=\"preserve\">")) return NULL;
  }
  const byte *start = at, *stop = text_end(at, end);
  if (!stop) return NULL;
  at = stop;
  if (value) {
    if (!TAKE(at, end, "</v>")) return NULL;
  } else {
    if (!TAKE(at, end, "</t>")) return NULL;
    at = skip_blanks(at, end);
    if (!TAKE(at, end, "</is>")) return NULL;
  }
  at = skip_blanks(at, end);
  if (!TAKE(at, end, "</c>")) return NULL;
  /* A formula without a result is told by the parser. */
  if (start == stop) return formula ? NULL : at;
  return keep_cell(sheet, &tag, row, start, stop) ? at : NULL;
}

/* ---- rows ---- */

static inline int is_attribute_name(byte c) {
  return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == ':' || c == '.';
}

/* Reads the attributes of a row's tag, behind its number; NULL if only the parser can. */
static inline const byte *read_row_attributes(const byte *at, const byte *end, byte *hidden) {
  while (at < end && *at == ' ') {
    const byte *name = ++at;
    while (at < end && is_attribute_name(*at)) at++;
    int64_t size = at - name;
    if (!size || !TAKE(at, end, "=\"")) return NULL;
    const byte *value = at;
    for (; at < end && *at != '"'; at++)
      if (*at < ' ' || *at >= 0x7F || *at == '<' || *at == '>' || *at == '&') return NULL;
    if (size == 6 && !memcmp(name, "hidden", 6))
      *hidden |= TAKE(value, end, "1\"") || TAKE(value, end, "true\"") || TAKE(value, end, "on\"");
    if (!TAKE(at, end, "\"")) return NULL;
  }
  return at;
}

/* Reads a row up to its end; NULL if it is odd. */
static const byte *read_sheet_row(struct sheet_rows *sheet, const byte *at, const byte *end) {
  at = skip_blanks(at, end);
  if (!TAKE(at, end, "<row r=\"")) return NULL;
  int64_t row = whole_number(&at, end, MOST_ROW_DIGITS) - 1;
  if (row < 0 || !TAKE(at, end, "\"")) return NULL;
  sheet->rows[sheet->row_count] = row;
  at = read_row_attributes(at, end, sheet->hidden + sheet->row_count);
  if (!at || !TAKE(at, end, ">")) return NULL;
  for (;;) {
    at = skip_blanks(at, end);
    if (TAKE(at, end, "</row>")) return at;
    if (!TAKE(at, end, "<c ")) return NULL;
    at = read_cell(sheet, row, at, end);
    if (!at) return NULL;
  }
}

/* Reads a piece of a sheet that ends with the end of a row. */
EXPORTED int64_t read_sheet_rows(const byte *in, int64_t size, struct sheet_rows *sheet) {
  const byte *at = in, *end = in + size;
  while (at < end) {
    int64_t cells = sheet->cell_count, texts = sheet->text_count, written = sheet->text_written, row = sheet->row_count;
    if (row == sheet->most_rows) return UNFIT;
    sheet->odd[row] = sheet->hidden[row] = 0;
    sheet->rows[row] = 0;
    const byte *after = read_sheet_row(sheet, at, end);
    if (!after) {
      sheet->odd[row] = 1;
      sheet->cell_count = cells;
      sheet->text_count = texts;
      sheet->text_written = written;
      after = element_end(at, end, "</row>", 6);
    }
    at = after;
    sheet->row_count++;
  }
  return DONE;
}

/* ---- the table of texts ---- */

/* Reads a piece of a workbook's table of texts that ends with the end of an item. */
EXPORTED int64_t read_sheet_texts(const byte *in, int64_t size, struct sheet_texts *texts) {
  const byte *at = in, *end = in + size;
  for (; at < end; texts->item_count++) {
    if (texts->item_count == texts->most_items) return UNFIT;
    const byte *item = at, *start = NULL, *stop = NULL;
    at = skip_blanks(at, end);
    if (TAKE(at, end, "<si>")) {
      at = skip_blanks(at, end);
      if (TAKE(at, end, "<t>") || TAKE(at, end, "<t xml:space=\"preserve\">")) start = at;
    }
    if (start) stop = at = text_end(start, end);
    int plain = stop && TAKE(at, end, "</t>");
    if (plain) {
      at = skip_blanks(at, end);
      plain = TAKE(at, end, "</si>") && stop - start < texts->text_size - texts->text_written;
    }
    texts->odd[texts->item_count] = !plain;
    if (!plain) {
      at = element_end(item, end, "</si>", 5);
      continue;
    }
    memcpy(texts->text + texts->text_written, start, (size_t)(stop - start));
    texts->text_written += stop - start;
    texts->text[texts->text_written++] = '<';
  }
  return DONE;
}

#endif
