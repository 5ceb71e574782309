/* SPDX-License-Identifier: ISC */
/* Header blocks of any octets: what must not leave does not, lines stay
 * lines, and a second repair finds nothing to do. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mail/repair.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX	(1u << 16)

static void
must(int ok)
{
	if (!ok)
		abort();
}

/* The scanner alone, over the octets as they come. */
static void
scan_raw(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "Bcc", "Subject", NULL };
	struct field f;
	struct buf h;
	size_t pos = 0, at = 0, n = 0, start, end;

	buf_init(&h, MAX);
	must(buf_add(&h, data, size) == 0);
	while (header_next(&h, &pos, &f)) {
		must(f.start == at && f.end == pos && f.end > f.start);
		must(f.start <= f.body && f.body <= f.body_end);
		must(f.body_end <= f.end);
		must(f.name_len == 0 || f.start + f.name_len < f.body);
		n += header_is(&h, &f, "bcc") || header_is(&h, &f, "SUBJECT");
		at = pos;
	}
	must(at == size);
	if (header_resent(&h, &start, &end))
		must(start < end && end <= size);
	must(header_remove(&h, names) == n);
	must(header_count(&h, "Bcc") + header_count(&h, "Subject") == 0);
	buf_free(&h);
}

/* Lines as they are when they come from standard input. */
static void
make_lines(struct buf *h, const uint8_t *data, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (data[i] == '\n')
			must(buf_puts(h, "\r\n") == 0);
		else if (data[i] != '\0')
			must(buf_putc(h, data[i] == '\r' ? ' ' :
			    (char)data[i]) == 0);
	if (h->len > 0 && h->data[h->len - 1] != '\n')
		must(buf_puts(h, "\r\n") == 0);
}

/* Spelled and folded as it likes: a line that begins with the name, and then
 * only blanks and line ends up to the colon. */
static int
begins_field(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0)
		return 0;
	line += n;
	while (*line == ' ' || *line == '\t' || (strncmp(line, "\r\n", 2) ==
	    0 && (line[2] == ' ' || line[2] == '\t')))
		line += *line == '\r' ? 2 : 1;
	return *line == ':';
}

static void
check_lines(const struct buf *h)
{
	const char *p = h->data;

	must(h->data[h->len] == '\0' && strlen(h->data) == h->len);
	must(h->len <= h->max);
	while (*p != '\0') {
		const char *end = strstr(p, "\r\n");

		must(end != NULL && end != p);
		must(memchr(p, '\r', (size_t)(end - p)) == NULL);
		must(memchr(p, '\n', (size_t)(end - p)) == NULL);
		must(!begins_field(p, "Bcc"));
		must(!begins_field(p, "Resent-Bcc"));
		must(!begins_field(p, "Return-Path"));
		must(p != h->data || (*p != ' ' && *p != '\t'));
		must(*p == ' ' || *p == '\t' || strcspn(p, " \t\r\n:") > 0);
		p = end + 2;
	}
}

static void
check_present(const struct buf *h, enum repair_to to)
{
	must(to == REPAIR_TO_NONE || header_count(h, "To") +
	    header_count(h, "Cc") + header_count(h, "Resent-To") +
	    header_count(h, "Resent-Cc") > 0);
	must(header_count(h, "Date") > 0);
	must(header_count(h, "From") > 0);
	must(header_count(h, "Message-ID") > 0);
}

static void
check_repair(const uint8_t *data, size_t size, unsigned how)
{
	static const char *const locals[] = { "vm", "localhost", NULL };
	struct recipient to[2] = {
		{ .address = (char *)(uintptr_t)"a@x.example" },
		{ .address = (char *)(uintptr_t)"\"b c\"@x.example" }
	};
	struct envelope e = { .rcpt = to, .n = 2 };
	struct repair r = {
		.hands_off = how & 1,
		.rewrite = (enum rewrite)(how >> 1 & 3) % 3,
		.from_name = how & 8 ? "Robot, R." : NULL,
		.from_address = how & 16 ? "robot@example.org" : NULL,
		.sender = how & 32 ? "joe@vm" : "",
		.full_name = how & 64 ? "J\xc3\xb6" : NULL,
		.domain = how & 128 ? NULL : "example.org",
		.local_names = locals, .id_domain = "vm.example.org",
		.id = "a.1", .now = 1000000000, .received = RECEIVED_FULL,
		.user = "joe)", .uid = 7, .by = "vm.example.org",
		.to = (enum repair_to)(how % 3), .envelope = &e,
		.came = how & 4 ? "from c.example (uid 7)" : NULL,
	};
	struct outcome o;
	struct buf h, again;

	buf_init(&h, MAX);
	make_lines(&h, data, size);
	buf_init(&again, MAX);
	must(buf_add(&again, h.data, h.len) == 0);
	if (repair_header(&h, &r, &o) < 0) {
		must(o.fault == FAULT_DATA || o.fault == FAULT_REFUSED);
		must(h.len == again.len &&
		    memcmp(h.data, again.data, h.len) == 0);
	} else {
		check_lines(&h);
		r.received = RECEIVED_NONE;
		buf_clear(&again);
		must(buf_add(&again, h.data, h.len) == 0);
		if (!r.hands_off)
			check_present(&h, r.to);
		if (repair_header(&h, &r, &o) < 0)
			must(o.fault == FAULT_REFUSED ||
			    h.len + 300 > MAX);
		else
			must(strcmp(h.data, again.data) == 0);
	}
	buf_free(&h);
	buf_free(&again);
}

/* The first octet chooses the settings. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > MAX / 4)
		return 0;
	scan_raw(data, size);
	check_repair(data + 1, size - 1, data[0]);
	return 0;
}
