/* SPDX-License-Identifier: ISC */
/* From DATA and BDAT into a file: where a message ends, and where it lies. */
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "front/gather.h"
#include "unit.h"

static const struct row {
	const char	*in, *want;
	bool		 lf;
	const char	*rest;		/* behind the end; NULL: there is none */
} rows[] = {
	{ ".\r\n", "", false, "" },
	{ "a\r\n.\r\nQUIT", "a\r\n", false, "QUIT" },
	{ "..\r\n.\r\n", ".\r\n", false, "" },
	{ ".a\r\n..b\r\na.\r\n.\r\n", "a\r\n.b\r\na.\r\n", false, "" },
	{ "\r\n\r\n.\r\n", "\r\n\r\n", false, "" },
	/* No end. */
	{ "a\n.\nb", "a\n.\nb", false, NULL },
	{ "a\n.\r\nb", "a\n.\r\nb", false, NULL },
	{ "a\r\n.\nb", "a\r\n.\nb", false, NULL },
	{ "a\r.\rb", "a\r.\rb", false, NULL },
	{ "a\r.\r\nb", "a\r.\r\nb", false, NULL },
	{ "a\r\n.\rb", "a\r\n\rb", false, NULL },
	{ "a\r\n.\r\r\nb", "a\r\n\r\r\nb", false, NULL },
	{ "a\r\n. \r\nb", "a\r\n \r\nb", false, NULL },
	{ "a\r\n ..\r\nb", "a\r\n ..\r\nb", false, NULL },
	{ "a\r\r\n.\nb", "a\r\r\n.\nb", false, NULL },
	{ "a\n\r.\r\nb", "a\n\r.\r\nb", false, NULL },
	/* An end is one behind anything. */
	{ "a\n.\nb\r\n.\r\n", "a\n.\nb\r\n", false, "" },
	{ "a\r\r\n.\r\n", "a\r\r\n", false, "" },
	{ "a\r\n.\n.\r\n\r\n.\r\nx", "a\r\n.\n.\r\n\r\n", false, "x" },
	/* Who doubles dots behind bare LFs. */
	{ "a\n..\nb\r\n.\r\n", "a\n.\nb\r\n", false, "" },
	{ "a\n...\n.b\n..c\r\n.\r\n", "a\n..\n.b\n.c\r\n", false, "" },
	{ "a\n.", "a\n", false, NULL },
	/* A client of LFs. */
	{ "a\n.\nQUIT", "a\n", true, "QUIT" },
	{ ".\n", "", true, "" },
	{ ".\r\na\n.\n", ".\r\na\n", true, "" },
	{ "a\r\n.\r\nx", "a\r\n", true, "x" },
	{ "a\r\n.\nx", "a\r\n", true, "x" },
	{ "a\n..\n.b\n.\n", "a\n.\nb\n", true, "" },
	{ "a\n.\r\nb\n.\n", "a\n.\r\nb\n", true, "" },
	{ "a\r.\rb\n.\n", "a\r.\rb\n", true, "" },
};

/* In pieces of every size. */
START_TEST(undot)
{
	const struct row *r = &rows[_i];
	const size_t n = strlen(r->in);
	char out[256], *room;
	size_t piece, at, k, used, len;

	for (piece = 1; piece <= n; piece++) {
		struct gather_dots d = { GATHER_BEGIN, r->lf, !r->lf,
		    false };

		for (at = len = 0; at < n && !d.ended; at += used) {
			k = n - at < piece ? n - at : piece;
			room = mem_alloc(k + 2);
			k = gather_undot(&d, r->in + at, k, room, &used);
			memcpy(out + len, room, k);
			len += k;
			free(room);
		}
		out[len] = '\0';
		ck_assert_str_eq(out, r->want);
		ck_assert_int_eq(d.ended, r->rest != NULL);
		if (r->rest != NULL)
			ck_assert_str_eq(r->in + at, r->rest);
	}
}
END_TEST

struct rig {
	struct gather	 g;
	struct talk	*t;
};

static void
rig_open(struct rig *x, const char *text, size_t n, uint64_t max)
{
	int in = memfd_create("in", 0);

	ck_assert_int_eq(file_pwrite(in, text, n, 0), 0);
	x->t = mem_alloc(sizeof(*x->t));
	talk_open(x->t, in, -1, -1);
	gather_open(&x->g, "/tmp", max);
}

static void
rig_close(struct rig *x)
{
	gather_close(&x->g);
	close(x->t->in);
	talk_close(x->t);
	free(x->t);
}

static void
holds(struct gather *g, const char *want, size_t n)
{
	struct buf b;
	int fd = gather_done(g);

	ck_assert_int_ge(fd, 0);
	buf_init(&b, n + 1000);
	ck_assert_int_eq(file_slurp(fd, &b), 0);
	ck_assert_uint_eq(b.len, n);
	ck_assert_mem_eq(b.data, want, n);
	buf_free(&b);
}

/* One message behind the other, the second shorter; then one by BDAT. */
START_TEST(messages)
{
	static const char text[] = "first one\r\n.\r\nsecond\r\n.\r\nCHUNKmore";
	struct rig x;

	rig_open(&x, text, sizeof(text) - 1, 0);
	ck_assert_int_eq(gather_data(&x.g, x.t, false), 0);
	holds(&x.g, "first one\r\n", 11);
	gather_reset(&x.g);
	ck_assert_int_eq(gather_data(&x.g, x.t, false), 0);
	holds(&x.g, "second\r\n", 8);
	gather_reset(&x.g);
	ck_assert_int_eq(gather_chunk(&x.g, x.t, 0), 0);
	ck_assert_int_eq(gather_chunk(&x.g, x.t, 5), 0);
	ck_assert_int_eq(gather_chunk(&x.g, x.t, 4), 0);
	holds(&x.g, "CHUNKmore", 9);
	ck_assert_int_eq(gather_chunk(&x.g, x.t, 1), -1);
	rig_close(&x);
}
END_TEST

/* Around the border of memory, and the next message is in memory again. */
START_TEST(large)
{
	static const size_t sizes[] = { (1 << 20) - 1, 1 << 20,
		(1 << 20) + 1, 3000000 };
	const size_t n = sizes[_i];
	char *text = mem_alloc(n + 32);
	struct stat st;
	struct rig x;
	size_t i;

	for (i = 0; i < n; i++)
		text[i] = (char)('a' + i % 7 + i / 70000 % 7);
	memcpy(text + n - 2, "\r\n.\r\nnext\r\n.\r\n", 14);
	rig_open(&x, text, n + 12, 0);
	ck_assert_int_eq(gather_data(&x.g, x.t, false), 0);
	ck_assert_int_eq(x.g.fd == x.g.small, n <= 1 << 20);
	holds(&x.g, text, n);
	gather_reset(&x.g);
	ck_assert_int_eq(gather_data(&x.g, x.t, false), 0);
	ck_assert_int_eq(x.g.fd, x.g.small);
	holds(&x.g, "next\r\n", 6);
	if (x.g.large.fd >= 0) {
		ck_assert_int_eq(fstat(x.g.large.fd, &st), 0);
		ck_assert_int_eq(st.st_size, 0);
	}
	rig_close(&x);
	free(text);
}
END_TEST

/* Read to the end all the same. */
START_TEST(too_large)
{
	struct rig x;

	rig_open(&x, "123456789\r\n.\r\n123456\r\n.\r\n", 25, 10);
	ck_assert_int_eq(gather_data(&x.g, x.t, false), 0);
	ck_assert_int_eq(x.g.fault.fault, FAULT_DATA);
	ck_assert_uint_eq(x.g.fault.code, 552);
	gather_reset(&x.g);
	ck_assert_int_eq(gather_data(&x.g, x.t, false), 0);
	ck_assert_int_eq(x.g.fault.fault, FAULT_NONE);
	holds(&x.g, "123456\r\n", 8);
	rig_close(&x);
}
END_TEST

START_TEST(dropped)
{
	struct rig x;

	rig_open(&x, "x\r\n.\r\ny\r\n.\r", 11, 0);
	gather_drop(&x.g);
	ck_assert_int_eq(gather_data(&x.g, x.t, false), 0);
	ck_assert_uint_eq(x.g.n, 0);
	ck_assert_int_eq(x.g.fault.fault, FAULT_NONE);
	ck_assert_int_eq(gather_data(&x.g, x.t, false), -1);
	rig_close(&x);
}
END_TEST

/* A disk that is full: said, and read to the end. */
START_TEST(full)
{
	struct rig x;

	rig_open(&x, "x\r\n.\r\n", 6, 0);
	close(x.g.small);
	x.g.small = open("/dev/full", O_RDWR);
	x.g.fd = x.g.small;
	ck_assert_int_eq(gather_data(&x.g, x.t, false), 0);
	ck_assert_int_eq(x.g.fault.fault, FAULT_DELAY);
	rig_close(&x);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("gather");
	TCase *c = tcase_create("all");

	tcase_add_loop_test(c, undot, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(c, messages);
	tcase_add_loop_test(c, large, 0, 4);
	tcase_add_test(c, too_large);
	tcase_add_test(c, dropped);
	tcase_add_test(c, full);
	suite_add_tcase(s, c);
	return s;
}

int
main(void)
{
	return unit_main(suite());
}
