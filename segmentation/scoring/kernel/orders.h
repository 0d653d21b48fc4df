/* Rows of an order export → integers: of each plain row the hash of its order, who bought, the words of columns with few
   different ones, amounts in millionths, and a hash of all its cells. Odd rows are listed, as when scoring. */

#ifndef SEGBOT_ORDERS_H
#define SEGBOT_ORDERS_H

#include "cells.h"
#include "names.h"

enum { UNUSED, ORDER_CELL, CUSTOMER_CELL, WORD_CELL, NUMBER_CELL };
enum { MOST_WORD_COLUMNS = 8, MOST_NUMBER_COLUMNS = 4, LONGEST_NOTHING = 4, DAY_SIZE = 10 };
enum { MOST_WHOLE_DIGITS = 12, MILLIONTH_DIGITS = 6 };
#define NO_NUMBER INT64_MIN

struct order_rows {
  /* what columns hold: per column of the file */
  const byte *uses;
  const byte *places; /* of a word or number: which of them */
  int64_t word_columns, number_columns;
  /* room, given by the caller; `most_rows` for each column */
  int64_t most_rows, most_odd, most_labelled, word_mask;
  struct odd_row *odd;
  uint64_t *orders;               /* 0 for none */
  uint64_t *hashes;               /* of all cells */
  uint64_t *customers;            /* the hash of who bought, and where that stands in the block */
  uint32_t *customer_starts, *customer_sizes;
  int64_t *numbers;               /* millionths; NO_NUMBER for an empty cell */
  uint32_t *words;                /* which of the block's words of that column */
  uint32_t *word_starts, *word_sizes;
  uint32_t *word_table;           /* word_mask + 1 for each column, zeros */
  int64_t *word_counts;
  int64_t *forms;                 /* of numbers, as `survey_rows` counts them */
  byte *spare;                    /* as large as the block */
  /* what was found */
  int64_t rows, odd_count, labelled_count, orderless, empty_numbers;
};

/* As `struct_sizes`. */
EXPORTED void order_struct_sizes(int64_t *sizes) {
  sizes[0] = sizeof(struct order_rows);
  sizes[1] = sizeof(struct names);
  sizes[2] = sizeof(struct name_slot);
}

/* ---- cells ---- */

/* Tells whether a cell may begin or end with what is cut off before it is read. */
static int may_have_blanks(const struct plan *plan, const byte *at, const byte *end) {
  if (at == end) return 0;
  const byte *next = at, *last = end - 1;
  if (*at <= ' ' || *last <= ' ') return 1;
  if (*at >= 0x80) {
    uint32_t c = character(&next, end);
    if (!(c >> 16) && plan->folds[c] == RISKY) return 1;
  }
  if (*last >= 0x80) {
    while (last > at && (*last & 0xC0) == 0x80) last--;
    uint32_t c = character(&last, end);
    if (!(c >> 16) && plan->folds[c] == RISKY) return 1;
  }
  return 0;
}

/* Tells whether a cell holds what programs write for nothing, other than nothing: `_NOTHING` of lines.py. */
static int says_nothing(const byte *at, int64_t size) {
  static const char nothing[][LONGEST_NOTHING + 1] = {"nan", "null", "none", "nat", "n/a", "#n/a", "-"};
  if (size > LONGEST_NOTHING) return 0;
  for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
    int64_t same = 0;
    while (same < size && (at[same] | (at[same] >= 'A' && at[same] <= 'Z' ? 0x20 : 0)) == (byte)nothing[i][same]) same++;
    if (same == size && !nothing[i][same]) return 1;
  }
  return 0;
}

/* Reads an amount in millionths, and how it is written; OTHER if it is for the exact path. */
static inline int read_amount(const byte *at, const byte *end, const byte *limit, byte mark, int64_t *value) {
  int negative = *at == '-', form = WHOLE;
  const byte *start = at += negative;
  uint64_t number = 0;
  int64_t digits = read_digits(at, limit, &number), fraction = 0;
  at += digits;
  if (!digits || digits > MOST_WHOLE_DIGITS) return OTHER;
  if (at < end && *at == mark) {
    fraction = read_digits(++at, limit, &number);
    at += fraction;
    if (!fraction || fraction > MILLIONTH_DIGITS) return OTHER;
    /* "1.234" is another number with the other mark. */
    if (fraction == 3 && digits <= 3 && *start != '0') return OTHER;
    form = mark == '.' ? POINT : COMMA;
  }
  if (at != end) return OTHER;
  int64_t found = (int64_t)(number * WHOLE_POWERS[MILLIONTH_DIGITS - fraction]);
  *value = negative ? -found : found;
  return form;
}

static inline int all_digits(const byte *at, int64_t size) {
  for (int64_t i = 0; i < size; i++)
    if (!is_digit(at[i])) return 0;
  return 1;
}

/* Returns how much of a cell says a day: of one that begins with the year, the time behind it says nothing more. */
static inline int64_t said_size(const byte *at, int64_t size) {
  if (size < DAY_SIZE + 6 || at[4] != at[7] || (at[4] != '-' && at[4] != '/')) return size;
  if (!all_digits(at, 4) || !all_digits(at + 5, 2) || !all_digits(at + 8, 2)) return size;
  if (at[10] != 'T' && at[10] != ' ') return size;
  return all_digits(at + 11, 2) && at[13] == ':' && all_digits(at + 14, 2) ? DAY_SIZE : size;
}

/* ---- rows ---- */

static inline void note_word(struct order_rows *rows, const byte *in, int64_t place, int64_t start, int64_t size,
                             uint32_t before) {
  uint32_t *starts = rows->word_starts + place * rows->most_rows, *sizes = rows->word_sizes + place * rows->most_rows;
  uint32_t *words = rows->words + place * rows->most_rows;
  int64_t count = rows->word_counts[place];
  if (count && sizes[before] == size && !memcmp(in + starts[before], in + start, (size_t)size)) {
    words[rows->rows] = before;
    return;
  }
  uint32_t *table = rows->word_table + place * (rows->word_mask + 1);
  int64_t at = (int64_t)(text_hash(in + start, size) & (uint64_t)rows->word_mask);
  for (; table[at]; at = (at + 1) & rows->word_mask) {
    uint32_t known = table[at] - 1;
    if (sizes[known] != size || memcmp(in + starts[known], in + start, (size_t)size)) continue;
    words[rows->rows] = known;
    return;
  }
  table[at] = (uint32_t)(count + 1);
  starts[count] = (uint32_t)start;
  sizes[count] = (uint32_t)size;
  words[rows->rows] = (uint32_t)count;
  rows->word_counts[place] = count + 1;
}

struct order_row {
  int64_t word_starts[MOST_WORD_COLUMNS], word_sizes[MOST_WORD_COLUMNS];
  byte forms[MOST_NUMBER_COLUMNS];
  int odd, labelled, filled, quoted;
  int64_t copied; /* bytes of its cells, without quotes, in the spare room */
};

static inline void look_at_cell(const struct plan *plan, struct order_rows *rows, struct order_row *row, int64_t column,
                                const byte *in, int64_t size, int64_t start, int64_t end) {
  const byte *from = in + start, *to = in + end;
  int64_t length = end - start, place = rows->places[column], number = 0, at = rows->rows;
  row->filled |= length > 0;
  if (length > MOST_CELL) row->odd = 1;
  switch (rows->uses[column]) {
  case ORDER_CELL:
    row->odd |= may_have_blanks(plan, from, to) || says_nothing(from, length);
    rows->orders[at] = length ? known_hash(from, length) : 0;
    break;
  case CUSTOMER_CELL:
    row->odd |= may_have_blanks(plan, from, to);
    rows->customers[at] = known_hash(from, length);
    rows->customer_starts[at] = (uint32_t)start;
    rows->customer_sizes[at] = (uint32_t)length;
    break;
  case WORD_CELL:
    row->odd |= may_have_blanks(plan, from, to);
    row->word_starts[place] = start;
    row->word_sizes[place] = said_size(from, length);
    break;
  case NUMBER_CELL:
    row->forms[place] = FORMS;
    number = NO_NUMBER;
    if (length) {
      row->forms[place] = (byte)read_amount(from, to, in + size, plan->marks[column], &number);
      row->odd |= row->forms[place] == OTHER;
    }
    rows->numbers[place * rows->most_rows + at] = number;
  }
}

/* Takes in a plain row, whose cells are those from `first` to `end`. */
static inline void keep_row(struct order_rows *rows, const struct order_row *row, const byte *in, int64_t first,
                            int64_t end) {
  int64_t at = rows->rows;
  for (int64_t place = 0; place < rows->word_columns; place++)
    note_word(rows, in, place, row->word_starts[place], row->word_sizes[place],
              at ? rows->words[place * rows->most_rows + at - 1] : 0);
  for (int64_t place = 0; place < rows->number_columns; place++) {
    if (row->forms[place] < FORMS) rows->forms[place * FORMS + row->forms[place]]++;
    else rows->empty_numbers++;
  }
  rows->hashes[at] = row->quoted ? known_hash(rows->spare, row->copied) : known_hash(in + first, end - first);
  rows->orderless += !rows->orders[at];
  rows->rows++;
}

/* Takes a cell without its quotes to the row's others. */
static inline void copy_cell(const struct plan *plan, struct order_rows *rows, struct order_row *row, const byte *in,
                             int64_t start, int64_t end, int64_t column) {
  if (column) rows->spare[row->copied++] = (byte)plan->delimiter;
  memcpy(rows->spare + row->copied, in + start, (size_t)(end - start));
  row->copied += end - start;
}

/* Reads a block of whole records. MANY_ODD and UNFIT leave it to the exact path whole. */
EXPORTED int64_t read_order_rows(const struct plan *plan, const byte *in, int64_t size, struct order_rows *rows) {
  byte kinds[256];
  int64_t at = 0, line = 0;
  if (size <= 0 || size > INT32_MAX || in[size - 1] != '\n' || plan->width < 2 || plan->width > MOST_COLUMNS) return UNFIT;
  if (rows->word_columns > MOST_WORD_COLUMNS || rows->number_columns > MOST_NUMBER_COLUMNS) return UNFIT;
  fill_kinds(kinds, (byte)plan->delimiter);
  int quotes = memchr(in, '"', (size_t)size) != NULL;
  while (at < size) {
    int64_t first = at, first_line = line, column = 0, start = 0, end = 0;
    struct order_row row = {.odd = 0};
    if (rows->rows >= rows->most_rows) return UNFIT;
    for (;; at++, column++) {
      int quoted = in[at] == '"';
      at = find_cell(in, size, at, kinds, &start, &end, &line);
      if (at < 0) return UNFIT;
      if (quotes) {
        row.quoted |= quoted;
        for (int64_t i = start; i < end; i++) row.odd |= kinds[in[i]] != CELL;
        copy_cell(plan, rows, &row, in, start, end, column);
      }
      if (column < plan->width) {
        if (rows->uses[column] != UNUSED) look_at_cell(plan, rows, &row, column, in, size, start, end);
        if (!column || plan->labels[column]) row.labelled |= may_be_total(plan, column, in + start, in + end);
      }
      if (kinds[in[at]] != DELIMITER) break;
    }
    int64_t cells_end = at;
    if (in[at] == '\r' && (++at >= size || in[at] != '\n')) return UNFIT;
    at++;
    line++;
    if (row.odd || row.labelled || !row.filled || column + 1 != plan->width) {
      rows->labelled_count += row.labelled;
      if (rows->odd_count == rows->most_odd || rows->labelled_count > rows->most_labelled) return MANY_ODD;
      rows->odd[rows->odd_count++] = (struct odd_row){first, at, first_line, rows->rows};
      continue;
    }
    keep_row(rows, &row, in, first, cells_end);
  }
  return DONE;
}

#endif
