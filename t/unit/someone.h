/* SPDX-License-Identifier: ISC */
/* A user on a machine, made up, for tests of addressing. */
#ifndef POSTHORN_SOMEONE_H
#define POSTHORN_SOMEONE_H

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "front/identity.h"
#include "unit.h"

/* jo at srv.example.org, whose mail domain is example.org; nothing to free. */
static inline struct identity
someone(void)
{
	struct identity me;

	memset(&me, 0, sizeof(me));
	me.uid = 1000;
	me.user = (char *)(uintptr_t)"jo";
	me.host = (char *)(uintptr_t)"srv.example.org";
	me.domain = (char *)(uintptr_t)"example.org";
	me.qualifies = true;
	me.local[0] = "localhost";
	me.local[1] = "srv.example.org";
	return me;
}

/* A header block of that text. */
static inline void
header_of(struct buf *h, const char *text)
{
	buf_init(h, 65536);
	ck_assert_int_eq(buf_puts(h, text), 0);
}

#endif
