/* Scores rows of a CSV in one pass over their bytes: splits them, reads their numbers, walks the tree, measures the
   distances, writes the result's lines and adds up what the summary needs.

   A row is plain if all of that can be done here to the very bytes and sums of the exact path in Python. Any other row
   is odd: it is listed, with the place in the result where its line belongs, and the exact path judges it. In doubt a row
   is odd, so that a rule missing here costs time and never an answer.

   Safe on any bytes: every read is within `size`, every write is preceded by a look at the room left, whatever the
   caller has worked out. Nothing is allocated and nothing is kept, so any number of threads may call in. */

#include "cells.h"
#include "lines.h"
#include "orders.h"
#include "refusals.h"
#include "sheets.h"

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

static inline void add_up(const struct plan *plan, struct scored *scored, const double *values, int lacking,
                          int64_t answer) {
  scored->customers[answer]++;
  scored->lacking += lacking != 0;
  for (int64_t f = 0; f < plan->feature_count; f++) {
    if (lacking & plan->may_lack[f]) {
      scored->missing[answer * plan->feature_count + f]++;
      continue;
    }
    double units = values[f] * plan->per_unit[f] + 0.5;
    int64_t whole = (int64_t)units;
    scored->sums[answer * plan->feature_count + f] += whole - (units < (double)whole); /* rounded down */
    scored->typical[f] += values[f] >= plan->usual_low[f] && values[f] <= plan->usual_high[f];
  }
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
  row->out = put_text(row->out, plan->notes, plan->note_starts, row->lacking * (plan->segment_count + 1) + runner_up);
  add_up(plan, scored, values, row->lacking, answer);
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
    row.odd = row.labelled = row.quoted = row.lacking = row.numbers = row.texts = 0;
    row.id = row.id_end = start;
    /* No row is written longer than it is read, but for what is added at its end, and short copies overshoot. */
    if (scored->text + scored->text_size - row.out < size - start + plan->longest_end + 2 * SHORT) return UNFIT;
    if (scored->rows + scored->refused >= scored->most_rows) return UNFIT;
    if (!read_row(plan, &row, kinds, values)) return UNFIT;
    int64_t end = row.at + (in[row.at] == '\r' ? 2 : 1);
    if (end - start > plan->longest_row) row.odd = 1;
    int refused = row.width != plan->width || row.lacking >> DESCRIBING;
    if (row.odd || !(refused ? refuse_row(plan, scored, &row, values, line) : answer_row(plan, scored, &row, values))) {
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

/* Counts, per feature, how the numbers of plain rows are written (`forms`, FORMS per feature), and lists the others: rows
   with a cell in any other form or with what may be a total's label. Rows of another width say nothing of numbers. */
EXPORTED int64_t survey_rows(const struct plan *plan, const byte *in, int64_t size, int64_t *forms, struct odd_row *odd,
                             int64_t most_odd, int64_t most_labelled, int64_t *odd_count) {
  byte kinds[256], found[MOST_FEATURES];
  int64_t at = 0, line = 0, labelled_count = 0;
  *odd_count = 0;
  if (size <= 0 || in[size - 1] != '\n' || plan->feature_count > MOST_FEATURES) return UNFIT;
  fill_kinds(kinds, (byte)plan->delimiter);
  while (at < size) {
    int64_t first = at, first_line = line, column = 0, start = 0, end = 0;
    int is_odd = 0, labelled = 0, aside = 0;
    for (;; at++, column++) {
      at = find_cell(in, size, at, kinds, &start, &end, &line);
      if (at < 0) return UNFIT;
      int64_t feature = column < plan->width ? plan->features[column] : -1;
      int form = feature < 0 ? NOTHING : start == end && column ? NOTHING : form_of(in + start, in + end);
      int other = form == OTHER;
      if (feature >= 0) found[feature] = (byte)form;
      is_odd |= other;
      if (other || column >= plan->width)
        aside |= may_be_label(plan, in + start, in + end, LABEL_BEGINS_OR_ENDS);
      else if (feature < 0)
        labelled |= may_be_total(plan, column, in + start, in + end);
      if (kinds[in[at]] != DELIMITER) break;
    }
    if (in[at] == '\r' && (++at >= size || in[at] != '\n')) return UNFIT;
    at++;
    line++;
    int fits = column + 1 == plan->width;
    if (!fits && !labelled && !aside && column < plan->most_columns && at - first <= plan->longest_row) continue;
    if (is_odd || labelled || !fits || at - first > plan->longest_row) {
      labelled_count += labelled;
      if (*odd_count == most_odd || labelled_count > most_labelled) return MANY_ODD;
      odd[(*odd_count)++] = (struct odd_row){first, at, first_line, 0};
      continue;
    }
    for (int64_t f = 0; f < plan->feature_count; f++)
      if (found[f] < FORMS) forms[f * FORMS + found[f]]++;
  }
  return DONE;
}
