/* One row: its cells, their numbers, and which texts are left to the exact path. */

#ifndef SEGBOT_ROWS_H
#define SEGBOT_ROWS_H

#include "records.h"

/* ---- texts ---- */

/* Reads the next character of UTF-8, or what looks like one, and moves on; 2**16 for any beyond the table of folds. */
static inline uint32_t character(const byte **at, const byte *end) {
  const byte *p = *at;
  uint32_t c = *p;
  if (c < 0x80) return *at = p + 1, c;
  if (c < 0xE0 && end - p >= 2) return *at = p + 2, (c & 0x1F) << 6 | (p[1] & 0x3F);
  if (c < 0xF0 && end - p >= 3) return *at = p + 3, (c & 0x0F) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3F);
  return *at = p + 1, 1u << 16;
}

enum { BEGINS = 1, ENDS = 2, BEGINS_PAIR = 3, ENDS_PAIR = 4 };

/* The hash of characters, and of what they are to a label: as `labels.py` works it out. */
static inline uint64_t word_step(uint64_t h, uint32_t c) { return (h ^ c) * 0x100000001B3ull; }
static inline uint64_t word_key(uint64_t h, uint64_t what) { return mixed(h * 8 + what) | 1; }

static int is_known(const struct plan *plan, uint64_t key) {
  for (uint64_t i = key & (uint64_t)plan->word_mask;; i = (i + 1) & (uint64_t)plan->word_mask) {
    if (!plan->words[i]) return 0;
    if (plan->words[i] == key) return 1;
  }
}

/* Tells whether a cell may be a total's label, by its first and last word, and by the first and last two characters of
   scripts that put no space between words. */
static int may_be_label(const struct plan *plan, const byte *at, const byte *end, int labels) {
  const uint64_t empty = 0xCBF29CE484222325ull;
  uint64_t word = empty, last = empty, last_pair = 0;
  uint32_t before = 0;
  int length = 0, first = 1;
  while (at < end) {
    uint32_t c = character(&at, end);
    if (c >> 16) return 1;
    uint16_t fold = plan->folds[c];
    if (fold > RISKY) {
      word = word_step(word, fold);
      if (length++) {
        last_pair = word_step(word_step(empty, before), fold);
        if (length == 2 && first && is_known(plan, word_key(last_pair, BEGINS_PAIR))) return 1;
      }
      before = fold;
      last = word;
    } else {
      if (length && first && is_known(plan, word_key(word, BEGINS))) return 1;
      first = first && !length;
      length = 0;
      word = empty;
    }
  }
  if (length && first && is_known(plan, word_key(word, BEGINS))) return 1;
  if (labels < LABEL_BEGINS_OR_ENDS) return 0;
  return is_known(plan, word_key(last, ENDS)) || (last_pair && is_known(plan, word_key(last_pair, ENDS_PAIR)));
}

/* Tells whether a cell of text may need an apostrophe, or looks empty: its first character says so. */
static inline int may_need_guard(const struct plan *plan, const byte *at, const byte *end) {
  const byte *next = at;
  uint32_t c = character(&next, end);
  if (c >> 16 || plan->folds[c] != RISKY) return 0;
  if (c != '-') return 1;
  while (next < end && is_digit(*next)) next++;
  return next != end || next == at + 1 || next - at > MOST_ID_DIGITS;
}

/* ---- one row ---- */

/* Reads digits onto a number, which wraps around if they are more than it can hold, and returns how many there are. */
static inline int64_t read_digits(const byte *at, const byte *end, uint64_t *number) {
  const byte *start = at;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (end - at >= 8) {
    /* Eight bytes at once: nobody can predict how many digits a number has, and a wrong guess costs more than this. */
    uint64_t eight, others;
    memcpy(&eight, at, 8);
    eight ^= 0x3030303030303030ull;
    others = (eight | (eight + 0x7676767676767676ull)) & 0x8080808080808080ull;
    if (others) {
      int64_t count = __builtin_ctzll(others) / 8;
      if (!count) return 0;
      eight <<= 64 - 8 * count;
      eight = eight * 10 + (eight >> 8);
      eight = ((eight & 0x000000FF000000FFull) * 0x000F424000000064ull +
               ((eight >> 16) & 0x000000FF000000FFull) * 0x0000271000000001ull) >> 32;
      *number = *number * WHOLE_POWERS[count] + (uint32_t)eight;
      return count;
    }
  }
#endif
  for (; at < end && is_digit(*at); at++) *number = *number * 10 + (byte)(*at - '0');
  return at - start;
}

/* Reads digits, perhaps with a mark and more digits behind it, and returns where they end; NULL if they are no number of
   at most MOST_DIGITS digits. So few digits and the power of ten are exact as floats, and one division rounds once: the
   result is the nearest float, as Python's and Polars' are. Something else than a digit stands before `end`. */
static inline const byte *read_number(const byte *at, const byte *end, byte mark, int doubtful, double *value) {
  int negative = *at == '-';
  const byte *start = at += negative;
  uint64_t number = 0;
  int64_t digits = read_digits(at, end, &number), fraction = 0;
  at += digits;
  if (!digits || at == end) return NULL;
  if (*at == mark) {
    fraction = read_digits(++at, end, &number);
    at += fraction;
    if (!fraction) return NULL;
  }
  if (digits + fraction > MOST_DIGITS) return NULL;
  if (doubtful && fraction == 3 && digits <= 3 && *start != '0') return NULL;
  double found = (double)number;
  if (fraction) found /= POWERS[fraction];
  *value = (negative ? -found : found) + 0.0; /* folds -0.0 into 0.0 */
  return at;
}

struct cursor {
  const byte *in;
  int64_t size, at, copied; /* bytes of the row up to `copied` are in the result */
  int64_t line;             /* physical lines before `at`, from 0 */
  byte *out;
  int64_t id, id_end;
  int odd, labelled, lacking; /* the bits of the features that lack */
};

static inline byte *put(byte *to, const byte *from, int64_t size, int64_t readable) {
  if (size <= SHORT && readable >= SHORT)
    memcpy(to, from, SHORT); /* a copy of fixed size takes one or two instructions */
  else
    memcpy(to, from, (size_t)size);
  return to + size;
}

static inline void put_up_to(struct cursor *row, int64_t end) {
  row->out = put(row->out, row->in + row->copied, end - row->copied, row->size - row->copied);
  row->copied = end;
}

/* Reads a cell in quotes. Its content goes into the result without them unless they are needed. */
static inline int quoted_cell(struct cursor *row, const byte *kinds, int64_t *start, int64_t *end, int *special) {
  const byte *in = row->in;
  int64_t at = row->at + 1;
  for (;; at++) {
    if (at >= row->size) return 0;
    if (in[at] == '"') {
      if (at + 1 < row->size && in[at + 1] == '"') at++;
      else break;
      *special = 1;
    } else if (kinds[in[at]] != CELL) {
      *special = 1;
      row->line += in[at] == '\n' || (in[at] == '\r' && in[at + 1] != '\n'); /* a block does not end with '\r' */
    }
  }
  *start = row->at + 1;
  *end = at;
  if (!*special) {
    put_up_to(row, row->at);
    row->copied = *start;
    put_up_to(row, *end);
    row->copied = *end + 1;
  }
  row->at = at + 1;
  return row->at < row->size && kinds[in[row->at]] != CELL && kinds[in[row->at]] != QUOTE;
}

/* Tells whether a cell may be a total's label, or leaves to the next ones what the row begins with. */
static inline int may_be_total(const struct plan *plan, int64_t column, const byte *at, const byte *end) {
  if (at == end) return column == 0;
  if (!plan->labels[column]) return 0;
  const byte *digit = at;
  while (digit < end && is_digit(*digit)) digit++;
  return digit < end && may_be_label(plan, at, end, plan->labels[column]); /* a quote belongs to no word, twice or once */
}

static inline void look_at_text(const struct plan *plan, struct cursor *row, int64_t column, int64_t start, int64_t end,
                                int special) {
  const byte *from = row->in + start, *to = row->in + end;
  if (may_be_total(plan, column, from, to)) row->odd = row->labelled = 1;
  if (from == to) return;
  if (may_need_guard(plan, from, to)) row->odd = 1;
  if (column == plan->id_column) {
    row->id = start;
    row->id_end = end;
    if (special) row->odd = 1;
  }
}

/* Reads a row's cells up to its line end; returns 0 if it is not a whole record. */
static inline int read_row(const struct plan *plan, struct cursor *row, const byte *kinds, double *values) {
  const byte *in = row->in;
  int64_t column = 0;
  for (;; column++) {
    int64_t start = row->at, end = start, feature = column < plan->width ? plan->features[column] : -1;
    int quoted = in[start] == '"', special = 0;
    if (quoted && !quoted_cell(row, kinds, &start, &end, &special)) return 0;
    /* A row that begins with nothing may be a total. */
    if (feature >= 0 && column && plan->may_lack[feature] &&
        (quoted ? start == end && !special : kinds[in[start]] != CELL && kinds[in[start]] != QUOTE)) {
      row->lacking |= plan->may_lack[feature];
      values[feature] = plan->filled[feature];
    } else if (feature >= 0) {
      const byte *stop = special ? NULL : read_number(in + start, in + row->size, plan->marks[column],
                                                      plan->doubtful[column], values + feature);
      if (!stop || !(values[feature] >= plan->low[feature] && values[feature] <= plan->high[feature]))
        row->odd = 1;
      else if (!quoted)
        row->at = stop - in;
      else if (stop != in + end)
        row->odd = 1;
    }
    if (!quoted) {
      for (; kinds[in[row->at]] == CELL || kinds[in[row->at]] == QUOTE; row->at++) {
        if (feature >= 0 || in[row->at] == '"') row->odd = 1;
      }
      end = row->at;
    }
    if (feature < 0 && column < plan->width) look_at_text(plan, row, column, start, end, special);
    if (kinds[in[row->at]] != DELIMITER) break;
    row->at++;
  }
  if (column + 1 != plan->width) row->odd = 1;
  return kinds[in[row->at]] == NEWLINE || (row->at + 1 < row->size && in[row->at + 1] == '\n');
}

#endif
