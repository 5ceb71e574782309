/* SPDX-License-Identifier: ISC */
/*
 * Any octets as standard input, cut into reads in any way: the same lines in
 * wire form come out, however they were cut.  The first octet is the seed of
 * the cuts, its lowest bit the dot rule.
 */
#include <sys/socket.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/input.h"

#define ROOM	(2 * LIMIT_INPUT + 4)

static struct input in;
static char out[ROOM];

/* Header block, a NUL, body. */
static void
take(struct buf *b, const uint8_t *p, size_t n, unsigned piece, bool dot)
{
	struct outcome o;
	struct buf h;
	size_t i, k;
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd) < 0)
		abort();
	for (i = 0; i < n; i += k) {
		k = piece == 0 || piece > n - i ? n - i : piece;
		if (send(fd[1], p + i, k, MSG_DONTWAIT) != (ssize_t)k)
			break;
	}
	close(fd[1]);
	buf_init(&h, LIMIT_HEADER);
	input_open(&in, fd[0], dot, 0);
	if (input_header(&in, &h, &o) < 0 || buf_add(b, h.data, h.len) < 0)
		abort();
	if (buf_putc(b, '\0') < 0)
		abort();
	do {
		if (input_body(&in, out, ROOM, &k, &o) < 0 ||
		    buf_add(b, out, k) < 0)
			abort();
	} while (k > 0);
	close(fd[0]);
	buf_free(&h);
}

static void
check(const struct buf *b)
{
	size_t i, zero = strlen(b->data);

	for (i = 0; i < b->len; i++)
		if ((b->data[i] == '\n' && (i == 0 || b->data[i - 1] != '\r')) ||
		    (b->data[i] == '\r' && b->data[i + 1] != '\n') ||
		    (b->data[i] == '\0' && i != zero))
			abort();
	if (strstr(b->data, "\r\n\r\n") != NULL ||
	    strncmp(b->data, "\r\n", 2) == 0)
		abort();	/* a blank line inside the header block */
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf whole, cut;

	if (n < 1 || n > 200)
		return 0;
	buf_init(&whole, 1u << 20);
	buf_init(&cut, 1u << 20);
	take(&whole, p + 1, n - 1, 0, p[0] & 1);
	take(&cut, p + 1, n - 1, 1 + p[0] / 16, p[0] & 1);
	check(&whole);
	if (whole.len != cut.len || memcmp(whole.data, cut.data, cut.len) != 0)
		abort();
	buf_free(&whole);
	buf_free(&cut);
	return 0;
}
