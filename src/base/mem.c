/* SPDX-License-Identifier: ISC */
/* Memory that is there or the process is not: running out ends here. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"

static _Noreturn void
mem_out(void)
{
	static const char words[] = "posthorn: out of memory\n";

	if (write(STDERR_FILENO, words, sizeof(words) - 1) < 0)
		_exit(EX_OSERR);
	_exit(EX_OSERR);
}

void *
mem_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (p == NULL)
		mem_out();
	return p;
}

void *
mem_grow(void *p, size_t count, size_t size)
{
	void *q;

	if (count == 0)
		count = 1;
	q = reallocarray(p, count, size);
	if (q == NULL)
		mem_out();
	return q;
}

char *
mem_dup(const char *s)
{
	return mem_ndup(s, strlen(s));
}

char *
mem_ndup(const void *s, size_t n)
{
	char *p = mem_alloc(n + 1);

	memcpy(p, s, n);
	return p;
}

void
mem_wipe(void *p, size_t n)
{
	if (p == NULL)
		return;
	explicit_bzero(p, n);
	free(p);
}
