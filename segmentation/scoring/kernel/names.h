/* A set of texts, such as who bought, each with an index in the order they came; and the hashes they are found by. */

#ifndef SEGBOT_NAMES_H
#define SEGBOT_NAMES_H

#include "plan.h"

enum { MOST_CELL = (1 << 24) - 1 };

/* Each text once, with a line feed behind it. */
struct name_slot {
  uint64_t place; /* where it stands, and its size in the lowest 24 bits */
  uint32_t next;  /* its index, from 1; 0 is a free slot */
  uint32_t tag;   /* the upper half of its hash */
};

struct names {
  struct name_slot *slots;
  int64_t mask, most, count;
  byte *text;
  int64_t text_size, text_used;
};

static inline uint64_t folded_product(uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Takes 16 bytes at once; the last step reads the first and the last bytes of what is left, which may overlap. */
static inline uint64_t text_hash(const byte *at, int64_t size) {
  const uint64_t k0 = 0xA0761D6478BD642Full, k1 = 0xE7037ED1A0B428DBull, k2 = 0x8EBC6AF09C88C6E3ull;
  uint64_t h = k0 ^ (uint64_t)size, a = 0, b = 0;
  uint32_t low, high;
  for (; size > 16; size -= 16, at += 16) {
    memcpy(&a, at, 8);
    memcpy(&b, at + 8, 8);
    h = folded_product(a ^ k1, b ^ h);
  }
  if (size >= 8) {
    memcpy(&a, at, 8);
    memcpy(&b, at + size - 8, 8);
  } else if (size >= 4) {
    memcpy(&low, at, 4);
    memcpy(&high, at + size - 4, 4);
    a = low;
    b = high;
  } else if (size) {
    a = (uint64_t)at[0] << 16 | (uint64_t)at[size / 2] << 8 | at[size - 1];
    b = 0;
  }
  return folded_product(k2 ^ h, folded_product(a ^ k1, b ^ h));
}

/* Never 0, which stands for none. */
static inline uint64_t known_hash(const byte *at, int64_t size) {
  uint64_t h = text_hash(at, size);
  return h + !h;
}

EXPORTED void hash_texts(const byte *in, const int64_t *starts, int64_t count, uint64_t *hashes) {
  for (int64_t i = 0; i < count; i++) hashes[i] = known_hash(in + starts[i], starts[i + 1] - starts[i]);
}

static inline int is_name(const struct names *names, const struct name_slot *slot, uint32_t tag, const byte *from,
                          uint32_t size) {
  return slot->tag == tag && (slot->place & MOST_CELL) == size && !memcmp(names->text + (slot->place >> 24), from, size);
}

/* Puts the indices of texts, of which those are new that were not seen before. Returns how many are done: all, or those up
   to the first for which there is no room. */
EXPORTED int64_t name_texts(struct names *names, const byte *in, const uint64_t *hashes, const uint32_t *starts,
                            const uint32_t *sizes, int64_t count, uint32_t *indices) {
  enum { AHEAD = 16 };
  for (int64_t i = 0; i < count; i++) {
    if (i + AHEAD < count) __builtin_prefetch(names->slots + (hashes[i + AHEAD] & (uint64_t)names->mask));
    if (i + AHEAD / 2 < count) {
      const struct name_slot *soon = names->slots + (hashes[i + AHEAD / 2] & (uint64_t)names->mask);
      if (soon->next) __builtin_prefetch(names->text + (soon->place >> 24));
    }
    const byte *from = in + starts[i];
    uint32_t size = sizes[i], tag = (uint32_t)(hashes[i] >> 32);
    if (i && hashes[i] == hashes[i - 1] && size == sizes[i - 1] && !memcmp(from, in + starts[i - 1], size)) {
      indices[i] = indices[i - 1];
      continue;
    }
    uint64_t at = hashes[i] & (uint64_t)names->mask;
    while (names->slots[at].next && !is_name(names, names->slots + at, tag, from, size)) at = (at + 1) & (uint64_t)names->mask;
    if (!names->slots[at].next) {
      if (names->count == names->most || names->text_size - names->text_used < (int64_t)size + 1) return i;
      memcpy(names->text + names->text_used, from, size);
      names->text[names->text_used + size] = '\n';
      names->slots[at] = (struct name_slot){(uint64_t)names->text_used << 24 | size, (uint32_t)++names->count, tag};
      names->text_used += (int64_t)size + 1;
    }
    indices[i] = names->slots[at].next - 1;
  }
  return count;
}

/* Moves all names to slots that are free, of which there are more. */
EXPORTED void move_names(const struct name_slot *from, int64_t count, const byte *text, struct name_slot *to, int64_t mask) {
  for (int64_t i = 0; i < count; i++) {
    if (!from[i].next) continue;
    uint64_t at = known_hash(text + (from[i].place >> 24), (int64_t)(from[i].place & MOST_CELL)) & (uint64_t)mask;
    while (to[at].next) at = (at + 1) & (uint64_t)mask;
    to[at] = from[i];
  }
}

#endif
