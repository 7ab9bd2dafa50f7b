/* vocab.c - see vocab.h. Ours come first, so that nDPI's aliases find them. */
#include "vocab.h"

#include "dpi/dpi.h"
#include "fenceline/dissector.h"
#include "fenceline/err.h"

int fl_monitor_vocab(struct fl_vocab *v)
{
	int err = fl_vocab_init(v), id;
	unsigned i;

	if (err)
		return err;
	for (i = 0; fl_dissectors[i] && !err; i++) {
		id = fl_vocab_add(v, fl_dissectors[i]->name);
		err = id < 0 ? id : FL_OK;
	}
	if (!err)
		err = fl_dpi_vocab(v);
	if (err)
		fl_vocab_done(v);
	return err;
}
