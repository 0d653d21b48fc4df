/* Lines of orders → orders: parts in which all lines of an order are together, and what these lines add up to. */

#ifndef SEGBOT_LINES_H
#define SEGBOT_LINES_H

#include "names.h"

enum { NOT_PLAIN = -1, UNSAID_OR_PAID = 2 }; /* states above that change what other lines mean */
#define NO_DAY INT32_MIN
#define NO_CUSTOMER UINT32_MAX

struct line {
  uint64_t order, hash; /* 0 for a line without an order */
  int64_t amount, refund; /* millionths; INT64_MIN for none */
  uint32_t customer;
  int32_t day;
  uint16_t currency; /* 0 for none */
  byte state;
};

struct order {
  uint64_t order;
  int64_t paid, most, least, back, most_back, refund, most_refund;
  uint32_t customer;
  int32_t day, until;
  uint32_t lines, filled, payments;
  uint16_t currency;
  byte state;
};

/* As `struct_sizes`. */
EXPORTED void line_struct_sizes(int64_t *sizes) {
  sizes[0] = sizeof(struct line);
  sizes[1] = sizeof(struct order);
}

/* Says in which part a line is: lines without an order are with others of their customer, or anywhere. */
static inline uint64_t part_of(const struct line *line, uint64_t parts) {
  uint64_t key = line->order;
  if (!key) key = line->customer == NO_CUSTOMER ? line->hash : (uint64_t)line->customer * 0x9E3779B97F4A7C15ull >> 16;
  return key % parts;
}

/* Sorts lines by their part. `ends` holds, for each part, where it ends. */
EXPORTED void part_lines(const struct line *lines, int64_t count, int64_t parts, struct line *parted, int64_t *ends) {
  for (int64_t i = 0; i < parts; i++) ends[i] = 0;
  for (int64_t i = 0; i < count; i++) ends[part_of(lines + i, (uint64_t)parts)]++;
  int64_t start = 0;
  for (int64_t i = 0; i < parts; i++) {
    int64_t size = ends[i];
    ends[i] = start;
    start += size;
  }
  for (int64_t i = 0; i < count; i++) parted[ends[part_of(lines + i, (uint64_t)parts)]++] = lines[i];
}

static inline void add_line(struct order *order, const struct line *line) {
  order->lines++;
  if (line->day != NO_DAY) {
    if (order->day == NO_DAY || line->day < order->day) order->day = line->day;
    if (line->day > order->until) order->until = line->day; /* NO_DAY is less than any */
  }
  if (line->amount != INT64_MIN) {
    int64_t amount = line->amount;
    order->filled++;
    if (amount > 0) {
      if (!order->payments || amount < order->least) order->least = amount;
      if (amount > order->most) order->most = amount;
      order->paid += amount;
      order->payments++;
    } else {
      order->back -= amount;
      if (-amount > order->most_back) order->most_back = -amount;
    }
  }
  if (line->refund != INT64_MIN) {
    int64_t refund = line->refund < 0 ? -line->refund : line->refund;
    order->refund += refund;
    if (refund > order->most_refund) order->most_refund = refund;
  }
  if (line->state > order->state) order->state = line->state;
}

/* Notes a hash; returns whether it was there before. */
static inline int was_seen(uint64_t *seen, uint64_t mask, uint64_t hash) {
  uint64_t at = hash & mask;
  for (; seen[at]; at = (at + 1) & mask)
    if (seen[at] == hash) return 1;
  seen[at] = hash;
  return 0;
}

/* Adds up lines by order and returns how many orders there are. NOT_PLAIN if there is a line without an order, one that
   repeats another, one with a state that changes what others mean, or one whose customer or currency another of its order
   has to tell. `seen` and `slots` are mask + 1 zeros, more than there are lines. */
EXPORTED int64_t group_lines(const struct line *lines, int64_t count, uint64_t *seen, uint32_t *slots, int64_t mask,
                             struct order *orders) {
  enum { AHEAD = 16 };
  int64_t found = 0;
  for (int64_t i = 0; i < count; i++) {
    const struct line *line = lines + i;
    if (i + AHEAD < count) {
      __builtin_prefetch(seen + (line[AHEAD].hash & (uint64_t)mask));
      __builtin_prefetch(slots + (line[AHEAD].order & (uint64_t)mask));
    }
    if (!line->order || line->state > UNSAID_OR_PAID || was_seen(seen, (uint64_t)mask, line->hash)) return NOT_PLAIN;
    uint64_t at = line->order & (uint64_t)mask;
    struct order *order = NULL;
    for (; slots[at]; at = (at + 1) & (uint64_t)mask) {
      struct order *other = orders + slots[at] - 1;
      if (other->order != line->order) continue;
      if (other->customer == line->customer && other->currency == line->currency) {
        order = other;
        break;
      }
      if ((other->customer == NO_CUSTOMER) != (line->customer == NO_CUSTOMER)) return NOT_PLAIN;
      if (!other->currency != !line->currency) return NOT_PLAIN;
    }
    if (!order) {
      slots[at] = (uint32_t)++found;
      order = orders + found - 1;
      *order = (struct order){.order = line->order, .customer = line->customer, .currency = line->currency,
                              .day = NO_DAY, .until = NO_DAY};
    }
    add_line(order, line);
  }
  return found;
}

#endif
