/* Where a cell's content is, and how a number is written in it. */

#ifndef SEGBOT_CELLS_H
#define SEGBOT_CELLS_H

#include "rows.h"

enum { WHOLE, POINT, COMMA, FORMS, OTHER = FORMS, NOTHING };

/* Says how a cell writes a number. One that is another number with the other mark, as 1.234 is, is left to Python. */
static inline int form_of(const byte *at, const byte *end) {
  if (at < end && *at == '-') at++;
  const byte *start = at;
  while (at < end && is_digit(*at)) at++;
  int64_t digits = at - start;
  if (at == end) return digits ? WHOLE : OTHER;
  byte mark = *at++;
  const byte *fraction = at;
  while (at < end && is_digit(*at)) at++;
  if ((mark != '.' && mark != ',') || at == fraction || at != end) return OTHER;
  if (at - fraction == 3 && digits > 0 && digits <= 3 && *start != '0') return OTHER;
  return mark == '.' ? POINT : COMMA;
}

/* Finds the content of the cell that starts at `at`, and returns where its delimiter or line end is; -1 if it has none. */
static inline int64_t find_cell(const byte *in, int64_t size, int64_t at, const byte *kinds, int64_t *start, int64_t *end,
                                int64_t *line) {
  if (in[at] == '"') {
    *start = ++at;
    for (;; at++) {
      if (at >= size) return -1;
      if (in[at] == '"') {
        if (at + 1 >= size || in[at + 1] != '"') break;
        at++;
      }
      *line += in[at] == '\n' || (in[at] == '\r' && at + 1 < size && in[at + 1] != '\n');
    }
    *end = at++;
  } else {
    *start = at;
    while (kinds[in[at]] == CELL || kinds[in[at]] == QUOTE) at++;
    *end = at;
  }
  return at < size && kinds[in[at]] != CELL && kinds[in[at]] != QUOTE ? at : -1;
}

#endif
