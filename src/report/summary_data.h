/* summary_data.h - what the summary holds; private to src/report. */
#ifndef FL_SRC_REPORT_SUMMARY_DATA_H
#define FL_SRC_REPORT_SUMMARY_DATA_H

#include "summary.h"
#include "zones/policy.h"

enum {
	SUMMARY_ROWS_MAX = 4096,    /* more than a person reads; 2 MiB */
	SUMMARY_ROWS_TABLE = 16384, /* at most a quarter full */
	SUMMARY_CELLS_MAX = 4096,   /* pairs of zones that talk */
	SUMMARY_DAMAGE_MAX = 16,
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
	uint16_t protocol, port;  /* port: the responder's; 0 = they differ, or none */
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
	struct fl_coverage coverage; /* summed over interfaces and intervals */
	int64_t from_ns, to_ns;
	uint64_t flows, operations, violations;
	struct fl_summary_cell *cells;
	unsigned n_cells;
	uint64_t cells_left_out;
	struct fl_summary_row *rows;
	uint32_t n_rows, *row_at; /* row_at: index + 1; 0 = free */
	uint64_t rows_left_out;
	char damage[SUMMARY_DAMAGE_MAX][512];
	unsigned n_damage;
};

/* fl_summary_order - indexes of the rows of one section in the order they are told: crossings (violations first), or
 * what is no crossing. Gives how many; out has room for SUMMARY_ROWS_MAX. */
uint32_t fl_summary_order(const struct fl_summary *s, bool crossings, uint32_t *out);
/* fl_summary_cell_order - likewise for the matrix: by plant, zone from, zone to. */
unsigned fl_summary_cell_order(const struct fl_summary *s, unsigned *out);

#endif
