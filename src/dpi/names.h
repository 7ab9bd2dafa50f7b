/* names.h - nDPI's protocol names as a policy writes them. Private to src/dpi. */
#ifndef FL_SRC_DPI_NAMES_H
#define FL_SRC_DPI_NAMES_H

#include <stdbool.h>

#define FL_DPI_NAME_MAX 64

/* fl_dpi_name - the vocabulary's name for one of nDPI's; false for the numbers nDPI keeps free.
 * Letters become lower case; digits and . _ - stay; each run of anything else becomes one _, none at the ends. */
bool fl_dpi_name(const char *ndpi, char out[FL_DPI_NAME_MAX]);

#endif
