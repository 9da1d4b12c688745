/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/cli.h"

#define CELL_MIN 12
#define PADDING 3

int out_write(const struct text *out, struct err *e)
{
	return io_write_all(STDOUT_FILENO, text_str(out), out->len) < 0 ?
		       err_sys(e, "write to stdout") :
		       0;
}

static size_t column_width(const char *const *cells, size_t columns, size_t rows,
			   size_t column)
{
	size_t width = CELL_MIN;

	for (size_t r = 0; r < rows; r++) {
		size_t n = strlen(cells[r * columns + column]) + PADDING;

		width = n > width ? n : width;
	}
	return width;
}

void out_table(const char *const *cells, size_t columns, size_t rows, struct text *out)
{
	for (size_t r = 0; r < rows; r++) {
		for (size_t c = 0; c < columns; c++) {
			const char *cell = cells[r * columns + c];

			/* the last column ends its line bare */
			if (c + 1 == columns)
				text_add(out, cell);
			else
				text_printf(out, "%-*s",
					    (int)column_width(cells, columns, rows, c),
					    cell);
		}
		text_addc(out, '\n');
	}
}
