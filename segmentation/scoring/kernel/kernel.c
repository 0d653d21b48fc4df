/* Scores rows of a CSV in one pass over their bytes: splits them, reads their numbers, walks the tree, measures the
   distances, writes the result's lines and adds up what the summary needs.

   A row is plain if all of that can be done here to the very bytes and sums of the exact path in Python. Any other row
   is odd: it is listed, with the place in the result where its line belongs, and the exact path judges it. In doubt a row
   is odd, so that a rule missing here costs time and never an answer.

   Safe on any bytes: every read is within `size`, every write is preceded by a look at the room left, whatever the
   caller has worked out. Nothing is allocated and nothing is kept, so any number of threads may call in. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

typedef uint8_t byte;

enum { CELL, DELIMITER, NEWLINE, RETURN, QUOTE };          /* what a byte does to the shape of a line */
enum { NO_LABEL, LABEL_BEGINS, LABEL_BEGINS_OR_ENDS };      /* where a column's cells are searched for a total's label */
enum { DONE, MANY_ODD, UNFIT };                             /* what came of a block */
enum { INCOMPLETE = -1, MISQUOTED = -2 };                   /* instead of the end of a record */
enum { NO_WORD, RISKY };                                    /* folds of characters that belong to no word */
enum { MOST_FEATURES = 64, MOST_SEGMENTS = 64, MOST_COLUMNS = 1024, SHORT = 32, MOST_DIGITS = 15, MOST_ID_DIGITS = 16 };

struct plan {
  /* the file */
  int64_t width, id_column, longest_row;
  const int32_t *features; /* per column: the feature it holds, -1 for text */
  const byte *labels, *marks, *doubtful; /* per column; the mark of decimals; whether "1.234" is another's to judge */
  const uint16_t *folds; /* per code point below 2**16: its lower case, NO_WORD or RISKY */
  const uint64_t *words; /* a set of hashes by open addressing; 0 is a free place */
  int64_t word_mask;
  int64_t delimiter;
  /* the model */
  int64_t feature_count, segment_count, scaled_count, piece_count;
  const double *low, *high;           /* per feature: values between are plain */
  const double *usual_low, *usual_high; /* per feature: values between are counted as typical */
  const double *filled;               /* per feature: its value if it has no column */
  const double *per_unit;             /* per feature: units of its sums in 1 */
  const double *cuts;                 /* the tree's, feature by feature, ascending */
  const int64_t *cut_starts, *strides; /* per feature, and one more start */
  const int8_t *cells;                /* the segment of each cell that the cuts make */
  const int64_t *scaled;              /* the features that make distances */
  const double *log_from;             /* per scaled feature: where its log scale begins; NaN for a plain one */
  const double *mean, *factor;        /* per scaled feature */
  const double *centroids;            /* segment by segment */
  const double *piece_starts, *piece_ats, *piece_slopes; /* confidence by margin; none if it is the margin */
  double borderline_below;
  /* the result: texts one after the other, SHORT readable bytes behind the last */
  const byte *names, *notes;
  const int64_t *name_starts, *note_starts; /* per segment; of notes one more, for none; and one more start */
  int64_t longest_end, decimal_mark;
};

struct odd_row {
  int64_t start, end, line, at; /* bytes of the block; its line, from 0; where in the result its own line belongs */
};

struct scored {
  /* room, given by the caller */
  byte *text;
  int64_t text_size, most_rows, most_odd, most_labelled;
  struct odd_row *odd;
  uint64_t *hashes;      /* most_rows */
  int64_t *customers;    /* per segment */
  int64_t *sums;         /* per segment and feature */
  int64_t *typical;      /* per feature */
  byte *answers;         /* most_rows; NULL if nobody wants to know them, nor the next two */
  double *values;        /* most_rows per feature */
  byte *ids;             /* as large as the block; the rows' ids, each with a line feed behind it */
  /* what was found */
  int64_t written, rows, odd_count, labelled_count, id_count, borderline, ids_written;
  int64_t rising;        /* whether each id is longer than the one before, or as long and greater */
  int64_t first_id, first_id_end, last_id, last_id_end;
};

static const uint64_t WHOLE_POWERS[8] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
static const char TWO_DIGITS[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                                 "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                                 "8081828384858687888990919293949596979899";
static const double POWERS[MOST_DIGITS + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

static inline byte kind_of(byte c, byte delimiter) {
  if (c == delimiter) return DELIMITER;
  if (c == '\n') return NEWLINE;
  if (c == '\r') return RETURN;
  return c == '"' ? QUOTE : CELL;
}

static void fill_kinds(byte *kinds, byte delimiter) {
  for (int c = 0; c < 256; c++) kinds[c] = kind_of((byte)c, delimiter);
}

static inline int is_digit(byte c) { return (byte)(c - '0') <= 9; }

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

/* How large the structs are, so that the caller can see that it means the same ones. */
EXPORTED void struct_sizes(int64_t *sizes) {
  sizes[0] = sizeof(struct plan);
  sizes[1] = sizeof(struct scored);
  sizes[2] = sizeof(struct odd_row);
}

EXPORTED void hash_many(const byte *in, const int64_t *starts, int64_t count, uint64_t *hashes) {
  for (int64_t i = 0; i < count; i++) hashes[i] = hash_of(in + starts[i], starts[i + 1] - starts[i]);
}

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
  int odd, labelled;
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
    if (feature >= 0) {
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

/* ---- the model ---- */

static inline int64_t tree_answer(const struct plan *plan, const double *values) {
  int64_t cell = 0;
  for (int64_t f = 0; f < plan->feature_count; f++) {
    const double *cuts = plan->cuts + plan->cut_starts[f];
    int64_t count = plan->cut_starts[f + 1] - plan->cut_starts[f], above = 0;
    /* Counting all takes less time than a search, whose branches nobody can predict. */
    for (int64_t i = 0; i < count; i++) above += values[f] > cuts[i];
    cell += above * plan->strides[f];
  }
  return plan->cells[cell];
}

struct nearness {
  double confidence;
  int64_t nearest, next;
};

/* Finds the two least distances. As whole numbers, which sort as the floats do that are not negative: a choice between
   these needs no branch, which nobody could predict. */
static inline void rank(const double *distances, int64_t count, struct nearness *found) {
  uint64_t first = UINT64_MAX, second = UINT64_MAX, here;
  int64_t nearest = 0, next = 0;
  for (int64_t k = 0; k < count; k++) {
    memcpy(&here, distances + k, sizeof here);
    /* Strictly less: of equal distances the lower index wins. */
    int nearer = here < first, second_nearest = here < second;
    second = nearer ? first : second_nearest ? here : second;
    next = nearer ? nearest : second_nearest ? k : next;
    first = nearer ? here : first;
    nearest = nearer ? k : nearest;
  }
  found->nearest = nearest;
  found->next = next;
}

static inline struct nearness nearness_of(const struct plan *plan, const double *values) {
  double place[MOST_FEATURES], distances[MOST_SEGMENTS];
  struct nearness found = {0.0, 0, 0};
  int64_t dimensions = plan->scaled_count;
  for (int64_t i = 0; i < dimensions; i++) {
    double value = values[plan->scaled[i]];
    if (plan->log_from[i] == plan->log_from[i]) value = log1p(value - plan->log_from[i]);
    place[i] = (value - plan->mean[i]) * plan->factor[i];
  }
  for (int64_t k = 0; k < plan->segment_count; k++) {
    double total = 0.0;
    for (int64_t i = 0; i < dimensions; i++) {
      double off = place[i] - plan->centroids[k * dimensions + i];
      total += off * off;
    }
    distances[k] = sqrt(total);
  }
  rank(distances, plan->segment_count, &found);
  double first = distances[found.nearest], second = distances[found.next];
  double margin = second > 0 ? 1.0 - first / second : 0.0;
  int64_t piece = -1;
  for (int64_t i = 0; i < plan->piece_count; i++) piece += margin >= plan->piece_starts[i];
  piece = piece < 0 ? 0 : piece;
  found.confidence = margin;
  if (plan->piece_count)
    found.confidence = plan->piece_ats[piece] + (margin - plan->piece_starts[piece]) * plan->piece_slopes[piece];
  return found;
}

/* ---- the result ---- */

static inline byte *put_confidence(byte *to, double confidence, byte mark) {
  /* Adding 2**52 leaves no room for a fraction: it rounds, ties to even. */
  uint32_t millionths = (uint32_t)((confidence * 1e6 + 4503599627370496.0) - 4503599627370496.0);
  to[0] = (byte)('0' + millionths / 1000000);
  to[1] = mark;
  millionths %= 1000000;
  memcpy(to + 2, TWO_DIGITS + 2 * (millionths / 10000), 2);
  memcpy(to + 4, TWO_DIGITS + 2 * (millionths / 100 % 100), 2);
  memcpy(to + 6, TWO_DIGITS + 2 * (millionths % 100), 2);
  return to + 8;
}

static inline byte *put_text(byte *to, const byte *texts, const int64_t *starts, int64_t index) {
  return put(to, texts + starts[index], starts[index + 1] - starts[index], SHORT);
}

static inline void add_up(const struct plan *plan, struct scored *scored, const double *values, int64_t answer) {
  scored->customers[answer]++;
  for (int64_t f = 0; f < plan->feature_count; f++) {
    double units = values[f] * plan->per_unit[f] + 0.5;
    int64_t whole = (int64_t)units;
    scored->sums[answer * plan->feature_count + f] += whole - (units < (double)whole); /* rounded down */
    scored->typical[f] += values[f] >= plan->usual_low[f] && values[f] <= plan->usual_high[f];
  }
}

static inline void note_id(struct scored *scored, const struct cursor *row) {
  const byte *in = row->in;
  int64_t size = row->id_end - row->id, before = scored->last_id_end - scored->last_id;
  if (scored->id_count == 0) {
    scored->first_id = row->id;
    scored->first_id_end = row->id_end;
  } else if (size < before || (size == before && memcmp(in + row->id, in + scored->last_id, (size_t)size) <= 0)) {
    scored->rising = 0;
  }
  scored->last_id = row->id;
  scored->last_id_end = row->id_end;
  scored->hashes[scored->id_count++] = hash_of(in + row->id, size);
}

static void note_for_watchers(const struct plan *plan, struct scored *scored, const struct cursor *row,
                              const double *values, int64_t answer) {
  scored->answers[scored->rows] = (byte)answer;
  for (int64_t f = 0; f < plan->feature_count; f++) scored->values[f * scored->most_rows + scored->rows] = values[f];
  if (row->id_end > row->id) memcpy(scored->ids + scored->ids_written, row->in + row->id, (size_t)(row->id_end - row->id));
  scored->ids_written += row->id_end - row->id;
  scored->ids[scored->ids_written++] = '\n';
}

/* Answers a plain row and writes its line; returns 0, with nothing done, if its confidence is none. */
static inline int answer_row(const struct plan *plan, struct scored *scored, struct cursor *row, const double *values) {
  int64_t answer = tree_answer(plan, values);
  struct nearness near = nearness_of(plan, values);
  if (!(near.confidence >= 0.0 && near.confidence <= 1.0)) return 0;
  int64_t runner_up = plan->segment_count;
  if (near.confidence < plan->borderline_below || answer != near.nearest) {
    runner_up = answer == near.nearest ? near.next : near.nearest;
    scored->borderline++;
  }
  put_up_to(row, row->at);
  row->out = put_text(row->out, plan->names, plan->name_starts, answer);
  row->out = put_confidence(row->out, near.confidence, (byte)plan->decimal_mark);
  row->out = put_text(row->out, plan->notes, plan->note_starts, runner_up);
  add_up(plan, scored, values, answer);
  if (row->id_end > row->id) note_id(scored, row);
  if (scored->answers) note_for_watchers(plan, scored, row, values, answer);
  scored->rows++;
  return 1;
}

/* ---- a block ---- */

static int fits(const struct plan *plan, const byte *in, int64_t size) {
  return size > 0 && in[size - 1] == '\n' && plan->width > 1 && plan->width <= MOST_COLUMNS && plan->feature_count > 0 &&
         plan->feature_count <= MOST_FEATURES && plan->scaled_count <= plan->feature_count &&
         plan->segment_count > 1 && plan->segment_count <= MOST_SEGMENTS;
}

/* Scores a block of whole records, each with its line end. MANY_ODD and UNFIT leave it to the exact path whole. */
EXPORTED int64_t score_rows(const struct plan *plan, const byte *in, int64_t size, struct scored *scored) {
  byte kinds[256];
  double values[MOST_FEATURES];
  struct cursor row = {.in = in, .size = size, .out = scored->text};
  if (!fits(plan, in, size)) return UNFIT;
  fill_kinds(kinds, (byte)plan->delimiter);
  memcpy(values, plan->filled, (size_t)plan->feature_count * sizeof(double));
  scored->rising = 1;
  while (row.at < size) {
    int64_t start = row.at, line = row.line;
    byte *line_start = row.out;
    row.copied = start;
    row.odd = row.labelled = 0;
    row.id = row.id_end = start;
    /* No row is written longer than it is read, but for what is added at its end, and short copies overshoot. */
    if (scored->text + scored->text_size - row.out < size - start + plan->longest_end + 2 * SHORT) return UNFIT;
    if (scored->rows >= scored->most_rows) return UNFIT;
    if (!read_row(plan, &row, kinds, values)) return UNFIT;
    int64_t end = row.at + (in[row.at] == '\r' ? 2 : 1);
    if (end - start > plan->longest_row) row.odd = 1;
    if (row.odd || !answer_row(plan, scored, &row, values)) {
      scored->labelled_count += row.labelled;
      if (scored->odd_count == scored->most_odd || scored->labelled_count > scored->most_labelled) return MANY_ODD;
      row.out = line_start;
      struct odd_row *odd = scored->odd + scored->odd_count++;
      *odd = (struct odd_row){start, end, line, line_start - scored->text};
    }
    row.line++;
    row.at = end;
  }
  scored->written = row.out - scored->text;
  return DONE;
}

/* ---- how numbers are written ---- */

enum { WHOLE, POINT, COMMA, FORMS, OTHER = FORMS };

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

/* Counts, per feature, how the numbers of plain rows are written (`forms`, FORMS per feature), and lists the others: rows
   of another width, with a cell in any other form or with what may be a total's label. */
EXPORTED int64_t survey_rows(const struct plan *plan, const byte *in, int64_t size, int64_t *forms, struct odd_row *odd,
                             int64_t most_odd, int64_t most_labelled, int64_t *odd_count) {
  byte kinds[256], found[MOST_FEATURES];
  int64_t at = 0, line = 0, labelled_count = 0;
  *odd_count = 0;
  if (size <= 0 || in[size - 1] != '\n' || plan->feature_count > MOST_FEATURES) return UNFIT;
  fill_kinds(kinds, (byte)plan->delimiter);
  while (at < size) {
    int64_t first = at, first_line = line, column = 0, start = 0, end = 0;
    int is_odd = 0, labelled = 0;
    for (;; at++, column++) {
      at = find_cell(in, size, at, kinds, &start, &end, &line);
      if (at < 0) return UNFIT;
      int64_t feature = column < plan->width ? plan->features[column] : -1;
      if (feature >= 0)
        is_odd |= (found[feature] = (byte)form_of(in + start, in + end)) == OTHER;
      else if (column < plan->width)
        labelled |= may_be_total(plan, column, in + start, in + end);
      if (kinds[in[at]] != DELIMITER) break;
    }
    if (in[at] == '\r' && (++at >= size || in[at] != '\n')) return UNFIT;
    at++;
    line++;
    if (is_odd || labelled || column + 1 != plan->width || at - first > plan->longest_row) {
      labelled_count += labelled;
      if (*odd_count == most_odd || labelled_count > most_labelled) return MANY_ODD;
      odd[(*odd_count)++] = (struct odd_row){first, at, first_line, 0};
      continue;
    }
    for (int64_t f = 0; f < plan->feature_count; f++) forms[f * FORMS + found[f]]++;
  }
  return DONE;
}
