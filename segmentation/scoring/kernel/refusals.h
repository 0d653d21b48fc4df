/* Rows that are refused for what they lack or for their width; and what is noted of any row, for whoever asks. */

#ifndef SEGBOT_REFUSALS_H
#define SEGBOT_REFUSALS_H

#include "rows.h"

enum { NO_SEGMENT = 255 };

/* ---- ids and values ---- */

/* Adds an id to the runs of consecutive numbers, if it is a number. */
static inline void note_number(struct scored *scored, int64_t number) {
  int64_t count = scored->run_count;
  if (count < 0) return;
  if (number >= 0 && count && number == scored->runs[count - 1].last + 1) {
    scored->runs[count - 1].last = number;
  } else if (number < 0 || count == scored->most_runs) {
    scored->run_count = -1;
  } else {
    scored->runs[scored->run_count++] = (struct id_run){number, number};
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
  note_number(scored, number_of(in + row->id, size));
  scored->last_id = row->id;
  scored->last_id_end = row->id_end;
  scored->hashes[scored->id_count++] = hash_of(in + row->id, size);
}

static void note_for_watchers(const struct plan *plan, struct scored *scored, const struct cursor *row,
                              const double *values, int64_t answer) {
  int64_t place = scored->rows + scored->refused;
  scored->answers[place] = (byte)answer;
  for (int64_t f = 0; f < plan->feature_count; f++) {
    int none = row->lacking & plan->may_lack[f] || (answer == NO_SEGMENT && plan->decides[f]);
    scored->values[f * scored->most_rows + place] = none ? NAN : values[f];
  }
  if (row->id_end > row->id) memcpy(scored->ids + scored->ids_written, row->in + row->id, (size_t)(row->id_end - row->id));
  scored->ids_written += row->id_end - row->id;
  scored->ids[scored->ids_written++] = '\n';
}

/* ---- refused rows ---- */

static inline byte *put_text(byte *to, const byte *texts, const int64_t *starts, int64_t index) {
  return put(to, texts + starts[index], starts[index + 1] - starts[index], SHORT);
}

static inline byte *put_number(byte *to, int64_t number) {
  byte digits[20];
  int count = 0;
  do digits[count++] = (byte)('0' + number % 10);
  while ((number /= 10) > 0 && count < (int)sizeof digits);
  while (count) *to++ = digits[--count];
  return to;
}

/* Writes the cells of a row of another width as wide as the header: its surplus is one text, what it lacks is empty. */
static void put_fitted(const struct plan *plan, struct cursor *row) {
  if (row->width > plan->width) {
    put_up_to(row, row->last);
    *row->out++ = '"';
    put_up_to(row, row->at);
    *row->out++ = '"';
    return;
  }
  put_up_to(row, row->at);
  for (int64_t lacking = plan->width - row->width; lacking; lacking--) *row->out++ = (byte)plan->delimiter;
}

/* Refuses a row and writes its line; returns 0, with nothing done, if there is no room for that. */
static int refuse_row(const struct plan *plan, struct scored *scored, struct cursor *row, const double *values,
                      int64_t line) {
  int64_t set = row->width == plan->width ? row->lacking >> DESCRIBING : 0;
  int64_t refusal = set ? set : REFUSING_SETS + row->width, number = scored->first_line + line;
  int64_t room = row->size - row->copied + plan->longest_refusal + 2 * SHORT;
  if (scored->text + scored->text_size - row->out < room) return 0;
  put_fitted(plan, row);
  row->out = put_text(row->out, plan->heads, plan->head_starts, refusal);
  row->out = put_number(row->out, number);
  row->out = put_text(row->out, plan->tails, plan->tail_starts, refusal);
  if (scored->refusals[set] < EXAMPLES) scored->refused_at[set * EXAMPLES + scored->refusals[set]] = number;
  scored->refusals[set]++;
  scored->refusals[refusal] += !set;
  for (int64_t f = 0; f < plan->feature_count; f++) {
    if (plan->decides[f] || row->lacking & plan->may_lack[f]) continue;
    scored->described[f]++;
    scored->typical[f] += values[f] >= plan->usual_low[f] && values[f] <= plan->usual_high[f];
  }
  if (row->id_end > row->id) note_id(scored, row);
  if (scored->answers) note_for_watchers(plan, scored, row, values, NO_SEGMENT);
  scored->refused++;
  return 1;
}

#endif
