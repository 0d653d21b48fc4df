/* What the caller tells the kernel of a file and a model, where results go, and what a byte is to a line. */

#ifndef SEGBOT_PLAN_H
#define SEGBOT_PLAN_H

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
/* Of the bits of features that lack, the lower ones are of those that only describe. So many sets are told apart of the
   others, which refuse a row, and of each so many lines are named. */
enum { DESCRIBING = 3, REFUSING_SETS = 32, EXAMPLES = 5 };

struct plan {
  /* the file */
  int64_t width, id_column, longest_row, most_columns;
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
  const double *filled;               /* per feature: its value if it has no column, or an empty cell */
  const byte *may_lack;               /* per feature: a bit of its own if its cell may be empty, 0 if not */
  const byte *decides;                /* per feature: whether a row that lacks it is refused */
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
  const int64_t *name_starts; /* per segment, and one more start */
  const int64_t *note_starts; /* per set of features that lack, as their bits, and segment, or none; and one more start */
  int64_t longest_end, decimal_mark;
  /* what is added to a refused row, before its line's number and behind: per set of deciding features that lack, then
     per number of fields up to most_columns; and one more start */
  const byte *heads, *tails;
  const int64_t *head_starts, *tail_starts;
  int64_t longest_refusal;
};

struct odd_row {
  int64_t start, end, line, at; /* bytes of the block; its line, from 0; where in the result its own line belongs */
};

struct id_run {
  int64_t first, last; /* ids that are consecutive numbers */
};

struct scored {
  /* room, given by the caller */
  byte *text;
  int64_t text_size, most_rows, most_odd, most_labelled;
  struct odd_row *odd;
  uint64_t *hashes;      /* most_rows */
  struct id_run *runs;   /* most_runs */
  int64_t most_runs;
  int64_t *customers;    /* per segment */
  int64_t *sums;         /* per segment and feature */
  int64_t *typical;      /* per feature */
  int64_t *missing;      /* per segment and feature: rows that lack it */
  byte *answers;         /* most_rows; NULL if nobody wants to know them, nor the next two */
  double *values;        /* most_rows per feature */
  byte *ids;             /* as large as the block; the rows' ids, each with a line feed behind it */
  int64_t first_line;    /* the number of the block's first line */
  int64_t *refusals;     /* refused rows, as heads and tails are; those of the empty set are all of another width */
  int64_t *refused_at;   /* per set, the lines of the first few; the empty set's are of another width */
  int64_t *described;    /* per feature: refused rows that do not lack it, if it only describes */
  /* what was found */
  int64_t written, rows, odd_count, labelled_count, id_count, borderline, lacking, ids_written;
  int64_t refused;       /* rows beside `rows` */
  int64_t run_count;     /* -1 if some ids are no numbers, or there are too many runs */
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

#endif
