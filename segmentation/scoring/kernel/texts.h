/* Which texts are left to the exact path: what may be a total's label, a formula or a number in another form. */

#ifndef SEGBOT_TEXTS_H
#define SEGBOT_TEXTS_H

#include "records.h"

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

/* Tells whether a cell of text may need an apostrophe, or looks empty: the first character that is no space says so. */
static inline int may_need_guard(const struct plan *plan, const byte *at, const byte *end) {
  const byte *start = at, *next;
  while (at < end && *at == ' ') at++;
  if (at == end) return start != end;
  next = at;
  uint32_t c = character(&next, end);
  if (c >> 16 || plan->folds[c] != RISKY) return 0;
  if (c != '-' || at != start) return 1;
  while (next < end && is_digit(*next)) next++;
  return next != end || next == at + 1 || next - at > MOST_ID_DIGITS;
}

/* Tells whether a cell may be a total's label, or leaves to the next ones what the row begins with. */
static inline int may_be_total(const struct plan *plan, int64_t column, const byte *at, const byte *end) {
  if (at == end) return column == 0;
  if (!plan->labels[column]) return 0;
  const byte *digit = at;
  while (digit < end && is_digit(*digit)) digit++;
  return digit < end && may_be_label(plan, at, end, plan->labels[column]); /* a quote belongs to no word, twice or once */
}

/* Tells whether a text in the place of a number is neither a number in any form nor a total's label, and needs no guard. */
static int is_mere_text(const struct plan *plan, const byte *at, const byte *end) {
  for (const byte *each = at; each < end; each++)
    if (is_digit(*each) || *each == 0xEF) return 0; /* full-width digits begin with that byte */
  return !may_need_guard(plan, at, end) && !may_be_label(plan, at, end, LABEL_BEGINS_OR_ENDS);
}

/* Returns where digits, a point and more digits end; NULL if there are none. */
static const byte *fraction_end(const byte *at, const byte *end) {
  const byte *start = at;
  while (at < end && is_digit(*at)) at++;
  if (at == start || at == end || *at++ != '.') return NULL;
  for (start = at; at < end && is_digit(*at); at++) {}
  return at == start ? NULL : at;
}

/* Tells the same of fields that are joined to one text by the delimiter. */
static int is_joined_text(const struct plan *plan, const byte *at, const byte *end) {
  if (is_mere_text(plan, at, end)) return 1;
  if (plan->delimiter == ';' || plan->delimiter == '|')
    return !may_need_guard(plan, at, end) && !may_be_label(plan, at, end, LABEL_BEGINS_OR_ENDS);
  /* "33.81,5.9" is two numbers; "33,5" could be one. */
  const byte *first = plan->delimiter == ',' ? fraction_end(at, end) : NULL;
  return first && first < end && *first == ',' && fraction_end(first + 1, end) == end;
}

#endif
