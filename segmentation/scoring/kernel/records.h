/* Where records end, and the hashes of what they hold. */

#ifndef SEGBOT_RECORDS_H
#define SEGBOT_RECORDS_H

#include "plan.h"

/* ---- records ---- */

/* Returns where the record that starts at `at` ends, its line end included. */
static int64_t record_end(const byte *in, int64_t size, int64_t at, const byte *kinds) {
  for (;;) {
    if (at < size && in[at] == '"') {
      for (at++;; at += 2) {
        const byte *quote = at < size ? memchr(in + at, '"', (size_t)(size - at)) : NULL;
        if (!quote) return INCOMPLETE;
        at = quote - in + 1;
        if (at == size || in[at] != '"') break;
        at--;
      }
    } else {
      while (at < size && (kinds[in[at]] == CELL || kinds[in[at]] == QUOTE)) at++;
    }
    if (at == size) return INCOMPLETE;
    switch (kinds[in[at++]]) {
    case DELIMITER: continue;
    case NEWLINE: return at;
    case RETURN:
      if (at == size) return INCOMPLETE;
      return in[at] == '\n' ? at + 1 : MISQUOTED;
    default: return MISQUOTED;
    }
  }
}

static int64_t count_lines(const byte *in, int64_t size) {
  int64_t lines = 0;
  for (int64_t i = 0; i < size; i++) lines += in[i] == '\n';
  if (memchr(in, '\r', (size_t)size))
    for (int64_t i = 0; i + 1 < size; i++) lines += in[i] == '\r' && in[i + 1] != '\n';
  return lines;
}

/* Says how many bytes of a block are whole records, properly quoted, and how many lines these are. Returns whether what
   follows them can only be read exactly, rather than together with what comes behind the block. */
EXPORTED int64_t whole_records(const byte *in, int64_t size, int64_t delimiter, int64_t *bytes, int64_t *lines) {
  byte kinds[256];
  int64_t end = 0, next = 0;
  fill_kinds(kinds, (byte)delimiter);
  if (size > 0 && !memchr(in, '"', (size_t)size) && !memchr(in, '\r', (size_t)size)) {
    for (end = size; end > 0 && in[end - 1] != '\n';) end--;
  } else {
    while (end < size && (next = record_end(in, size, end, kinds)) > 0) end = next;
  }
  *bytes = end;
  *lines = count_lines(in, end);
  return next == MISQUOTED;
}

/* Lists where the records of a text end, as far as there is room, and returns how many there are; -1 if it is no CSV. */
EXPORTED int64_t record_ends(const byte *in, int64_t size, int64_t delimiter, int64_t *ends, int64_t most) {
  byte kinds[256];
  int64_t count = 0, end = 0;
  fill_kinds(kinds, (byte)delimiter);
  for (; end < size; count++) {
    end = record_end(in, size, end, kinds);
    if (end < 0 || count == most) return -1;
    ends[count] = end;
  }
  return count;
}

/* ---- hashes ---- */

static inline uint64_t mixed(uint64_t h) {
  h ^= h >> 32;
  h *= 0xD6E8FEB86659FD93ull;
  h ^= h >> 29;
  h *= 0xA0761D6478BD642Full;
  return h ^ h >> 32;
}

static inline uint64_t hash_of(const byte *from, int64_t size) {
  uint64_t h = 0x9E3779B97F4A7C15ull * (uint64_t)(size + 1), word;
  for (; size >= 8; size -= 8, from += 8) {
    memcpy(&word, from, 8);
    h = mixed(h ^ word);
  }
  if (size) {
    word = 0;
    for (int64_t i = 0; i < size; i++) word = word << 8 | from[i];
    h = mixed(h ^ word);
  }
  return mixed(h);
}

/* Returns the number that a text is written as, digits without zeros in front; -1 if it is none, or a long one. */
static inline int64_t number_of(const byte *from, int64_t size) {
  int64_t number = 0;
  if (size < 1 || size > MOST_DIGITS || (size > 1 && *from == '0')) return -1;
  for (int64_t i = 0; i < size; i++) {
    if (!is_digit(from[i])) return -1;
    number = number * 10 + (from[i] - '0');
  }
  return number;
}

/* Hashes numbers one after the other, as the texts they are written as. */
EXPORTED void hash_numbers(int64_t first, int64_t count, uint64_t *hashes) {
  for (int64_t i = 0; i < count; i++) {
    byte text[MOST_ID_DIGITS + 4];
    int64_t size = 0, rest = first + i;
    do text[sizeof text - (size_t)++size] = (byte)('0' + rest % 10);
    while ((rest /= 10) > 0 && size < (int64_t)sizeof text);
    hashes[i] = hash_of(text + sizeof text - size, size);
  }
}

/* How large the structs are, so that the caller can see that it means the same ones. */
EXPORTED void struct_sizes(int64_t *sizes) {
  sizes[0] = sizeof(struct plan);
  sizes[1] = sizeof(struct scored);
  sizes[2] = sizeof(struct odd_row);
}

EXPORTED void hash_many(const byte *in, const int64_t *starts, int64_t count, uint64_t *hashes) {
  for (int64_t i = 0; i < count; i++) hashes[i] = hash_of(in + starts[i], starts[i + 1] - starts[i]);
}

#endif
