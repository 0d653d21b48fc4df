/* One row: its cells, their numbers, and whether it is left to the exact path. */

#ifndef SEGBOT_ROWS_H
#define SEGBOT_ROWS_H

#include "texts.h"

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
  int64_t width, last;      /* how many fields the row has; where the header's last one begins */
  int odd, labelled, quoted, lacking; /* the bits of the features that lack */
  int numbers, texts;       /* cells of features that are numbers or empty, and that are neither */
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

/* Looks at a text in the place of a number, which only a row of another width may hold. */
static void look_at_other(const struct plan *plan, struct cursor *row, int64_t feature, int64_t start, int64_t end) {
  row->texts = 1;
  if (start == end || !is_mere_text(plan, row->in + start, row->in + end)) row->odd = 1;
  if (plan->decides[feature]) return;
  if (!plan->may_lack[feature]) row->odd = 1;
  row->lacking |= plan->may_lack[feature];
}

/* Leaves a row of another width to the exact path unless it is plain what is to be said of it: nothing but its width. */
static void look_at_width(const struct plan *plan, struct cursor *row) {
  int64_t feature;
  if (row->quoted || row->width > plan->most_columns) row->odd = 1;
  if (row->width > plan->width) {
    const byte *from = row->in + row->last, *to = row->in + row->at;
    feature = plan->features[plan->width - 1];
    if (plan->width - 1 == plan->id_column) row->odd = 1;
    if (feature < 0 ? may_need_guard(plan, from, to) || may_be_total(plan, plan->width - 1, from, to)
                    : !is_joined_text(plan, from, to))
      row->odd = 1;
  }
  for (int64_t column = row->width < plan->width ? row->width : plan->width - 1; column < plan->width; column++) {
    feature = plan->features[column];
    if (feature < 0) continue;
    row->numbers += row->width < plan->width;
    if (plan->decides[feature]) continue;
    if (!plan->may_lack[feature]) row->odd = 1;
    row->lacking |= plan->may_lack[feature];
  }
  /* It may repeat the header. */
  if (!row->numbers) row->odd = 1;
}

/* Reads a row's cells up to its line end; returns 0 if it is not a whole record. */
static inline int read_row(const struct plan *plan, struct cursor *row, const byte *kinds, double *values) {
  const byte *in = row->in;
  int64_t column = 0;
  for (;; column++) {
    int64_t start = row->at, end = start, feature = column < plan->width ? plan->features[column] : -1;
    int quoted = in[start] == '"', special = 0, other = 0, beyond = 0;
    if (column == plan->width - 1) row->last = start;
    row->quoted |= quoted;
    if (quoted && !quoted_cell(row, kinds, &start, &end, &special)) return 0;
    /* A row that begins with nothing may be a total. */
    if (feature >= 0 && column && plan->may_lack[feature] &&
        (quoted ? start == end && !special : kinds[in[start]] != CELL && kinds[in[start]] != QUOTE)) {
      row->lacking |= plan->may_lack[feature];
      values[feature] = plan->filled[feature];
    } else if (feature >= 0) {
      const byte *stop = special ? NULL : read_number(in + start, in + row->size, plan->marks[column],
                                                      plan->doubtful[column], values + feature);
      if (!stop)
        other = 1;
      else if (!(values[feature] >= plan->low[feature] && values[feature] <= plan->high[feature]))
        beyond = 1;
      else if (!quoted)
        row->at = stop - in;
      else if (stop != in + end)
        row->odd = 1;
    }
    if (!quoted) {
      for (; kinds[in[row->at]] == CELL || kinds[in[row->at]] == QUOTE; row->at++) {
        if (in[row->at] == '"') row->odd = 1;
        if (feature >= 0 && !beyond) other = 1;
      }
      end = row->at;
    }
    if (feature < 0 && column < plan->width) look_at_text(plan, row, column, start, end, special);
    /* With a surplus behind it, it is part of a text. */
    if (beyond && (column != plan->width - 1 || kinds[in[row->at]] != DELIMITER)) row->odd = 1;
    if (other) look_at_other(plan, row, feature, start, end);
    if (feature >= 0 && column < plan->width - 1) row->numbers += !other;
    if (kinds[in[row->at]] != DELIMITER) break;
    row->at++;
  }
  row->width = column + 1;
  if (row->width != plan->width)
    look_at_width(plan, row);
  else if (row->texts)
    row->odd = 1;
  return kinds[in[row->at]] == NEWLINE || (row->at + 1 < row->size && in[row->at + 1] == '\n');
}

#endif
