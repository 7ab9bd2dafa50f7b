/* summary_data.h - what the summary holds; private to src/report. */
#ifndef FL_SRC_REPORT_SUMMARY_DATA_H
#define FL_SRC_REPORT_SUMMARY_DATA_H

#include "summary.h"
#include "zones/policy.h"

enum {
	SUMMARY_ROWS_MAX = 4096,    /* more than a person reads; 2 MiB */
	SUMMARY_ROWS_TABLE = 16384, /* at most a quarter full */
	SUMMARY_CELLS_MAX = 4096,   /* pairs of zones that talk */
	SUMMARY_CELLS_TABLE = 16384,
	SUMMARY_DAMAGE_MAX = 16,
	SUMMARY_GAPS_MAX = 16,
#define X(name, text) +1
	SUMMARY_GAP_REASONS = 0 FL_GAP_REASONS(X),
#undef X
};

/* When an interface was watched, and how much came; all 0: nothing was told of it. */
struct fl_summary_iface {
	uint64_t frames;
	int64_t from_ns, to_ns;
	bool watched;
};

struct fl_summary_gap {
	int64_t ts_ns;
	struct fl_gap gap;
};

struct fl_summary_cell {
	const struct fl_zone *from, *to; /* NULL: in no declared zone */
	uint8_t relation;
	uint64_t flows[FL_VERDICT_COUNT], operations[FL_VERDICT_COUNT];
};

/* Flows or operations that are alike but for ports and times. */
struct fl_summary_row {
	uint8_t verdict, relation;
	bool is_operation;
	uint8_t ip_proto;
	uint16_t protocol, ethertype, port;  /* port: the responder's; 0 = they differ, or none */
	struct fl_clause clause;
	const struct fl_zone *from, *to;
	struct fl_addr from_addr, to_addr;
	const char *function_name;
	uint64_t count;
	int64_t first_ns, last_ns;
	char why[320];
};

struct fl_summary {
	struct fl_summary_opts o;
	struct fl_coverage coverage; /* summed over interfaces and intervals; from_ns and to_ns over those that had frames */
	struct fl_summary_iface *ifaces; /* o.n_ifaces */
	uint64_t flows, operations, violations;
	struct fl_summary_cell *cells;
	unsigned n_cells;
	uint16_t *cell_at;        /* by hash: index + 1; 0 = free */
	uint64_t cells_left_out;  /* flows and operations between further pairs */
	struct fl_summary_row *rows;
	uint32_t n_rows, *row_at; /* row_at: index + 1; 0 = free */
	uint64_t rows_left_out;
	uint32_t *order; /* SUMMARY_ROWS_MAX: where the order of rows is worked out */
	char damage[SUMMARY_DAMAGE_MAX][512];
	unsigned n_damage;
	uint64_t damage_left_out;
	struct fl_summary_gap gaps[SUMMARY_GAPS_MAX]; /* the first ones */
	unsigned n_gaps;
	uint64_t gap_count[SUMMARY_GAP_REASONS], gaps_left_out;
};

/* fl_summary_order - s->order[0..] becomes the rows of one section in the order they are told: crossings (violations
 * first), or what is no crossing. Gives how many. */
uint32_t fl_summary_order(const struct fl_summary *s, bool crossings);
/* fl_summary_cell_order - likewise for the matrix: by plant, zone from, zone to. */
unsigned fl_summary_cell_order(const struct fl_summary *s, unsigned *out);
/* fl_summary_gaps - how many there were, listed or not. */
uint64_t fl_summary_gaps(const struct fl_summary *s);

#endif
