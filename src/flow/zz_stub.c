#include <stdlib.h>
#include "flow/flow_table.h"
#include "flow/contexts.h"
#include "flow/copies.h"
#include "flow/expect.h"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
struct fl_flow *fl_flow_table_carrier(struct fl_flow_table *t, const struct fl_packet *p, unsigned layer, uint64_t context, uint8_t *sender, bool *is_new){return NULL;}
bool fl_flow_table_has(const struct fl_flow_table *t, const struct fl_packet *p, uint64_t context){return true;}
bool fl_flow_table_other_side(const struct fl_flow_table *t, const struct fl_packet *p, const uint64_t *contexts, unsigned n, uint64_t *found){return false;}
bool fl_flow_table_unreachable(struct fl_flow_table *t, const struct fl_packet *p, uint64_t context){return false;}
void fl_flow_table_copy(struct fl_flow_table *t, const struct fl_packet *p, uint64_t context){}
void fl_flow_table_carrier_copy(struct fl_flow_table *t, const struct fl_packet *p, unsigned layer, uint64_t context){}
struct fl_contexts *fl_contexts_new(void){return malloc(1);}
void fl_contexts_free(struct fl_contexts *c){free(c);}
uint64_t fl_contexts_of(struct fl_contexts *c, uint64_t base, const struct fl_packet *p, unsigned layer){return base;}
bool fl_contexts_join(struct fl_contexts *c, uint64_t a, uint64_t b){return false;}
unsigned fl_contexts_near(const struct fl_contexts *c, uint64_t context, uint64_t *out, unsigned n){return 0;}
struct fl_copies *fl_copies_new(void){return malloc(1);}
void fl_copies_free(struct fl_copies *c){free(c);}
enum fl_copy fl_copies_see(struct fl_copies *c, const struct fl_packet *p, uint64_t context, uint64_t *first){return FL_COPY_NONE;}
struct fl_expect *fl_expect_new(void){return malloc(1);}
void fl_expect_free(struct fl_expect *e){free(e);}
void fl_expect_add(struct fl_expect *e, const struct fl_expectation *x){}
bool fl_expect_take(struct fl_expect *e, struct fl_flow *f, int64_t mono_ns){return false;}
