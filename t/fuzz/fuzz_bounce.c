/* SPDX-License-Identifier: ISC */
/* Notices about messages, addresses and words of any octets: the structure
 * stands, fields are ours, lines are lines, the facts are true. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "mail/words.h"
#include "queue/bounce.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX	(1u << 16)
#define PIECES	9
#define LINE	998u

/* The input, cut at 0xfe: settings, body, then texts. */
struct input_pieces {
	char	*text[PIECES];
	size_t	 len[PIECES];
	unsigned how;
};

static void
must(int ok)
{
	if (!ok)
		abort();
}

static void
cut(struct input_pieces *p, const uint8_t *data, size_t size)
{
	const uint8_t *end;
	size_t i;

	p->how = data[0] | (unsigned)data[1] << 8;
	data += 2;
	size -= 2;
	for (i = 0; i < PIECES; i++) {
		end = memchr(data, 0xfe, size);
		if (end == NULL || i + 1 == PIECES)
			end = data + size;
		p->len[i] = (size_t)(end - data);
		p->text[i] = mem_ndup(data, p->len[i]);
		size -= p->len[i] + (end < data + size);
		data = end + (size > 0);
	}
}

/* Lines as a spool holds them; the header (raw) may be anything. */
static void
make_message(struct message *m, const struct input_pieces *p)
{
	size_t i, line = 0;
	struct buf b;

	buf_init(&b, 3 * MAX);
	must(buf_add(&b, p->text[0], p->len[0]) == 0 &&
	    buf_puts(&b, p->len[0] > 0 && p->how & 1 ? "\r\n\r\n" :
	    "\r\n") == 0);
	*m = (struct message){ .fd = memfd_create("fuzz", MFD_CLOEXEC),
		.start = 5, .body = 5 + (off_t)b.len, .place = "memory" };
	must(m->fd >= 0);
	for (i = 0; i < p->len[1]; i++) {
		char c = p->text[1][i];

		m->eightbit |= (unsigned char)c > 0x7f;
		if (c == '\n' || ++line == 1200) {
			must(buf_puts(&b, "\r\n") == 0);
			line = 0;
		} else
			must(buf_putc(&b, c == '\r' || c == 0 ? 'x' : c) == 0);
		if (line > m->longest)
			m->longest = line;
	}
	if (line > 0)
		must(buf_puts(&b, "\r\n") == 0);
	m->length = b.len;
	m->body_length = b.len - (size_t)(m->body - m->start);
	m->utf8 = words_utf8(b.data + (m->body - m->start), m->body_length);
	must(file_pwrite(m->fd, b.data, b.len, m->start) == 0);
	buf_free(&b);
}

/* Recipients whose texts nobody has cleaned. */
static void
make_envelope(struct envelope *v, const struct input_pieces *p)
{
	struct outcome o;
	size_t i;

	envelope_init(v);
	envelope_sender(v, *p->text[2] == '\0' ? "me@example.org" :
	    p->text[2]);
	for (i = 3; i < 6; i++) {
		must(envelope_add(v, p->text[i], &o) == 0);
		if (v->n == 0 || (p->how >> i & 1) == 0)
			continue;
		outcome_fail(&o, p->how & 64 ? FAULT_NOUSER : FAULT_DELAY,
		    STAGE_RCPT, "x");
		o.code = p->how & 128 ? 550 : p->how & 64 ? 0 : 451;
		o.enhanced[0] = (uint16_t)(p->how >> 8 & 7);
		o.enhanced[1] = (uint16_t)p->len[6];
		o.enhanced[2] = (uint16_t)(p->len[6] << 9);
		envelope_settle(v, v->n - 1, &o);
		v->rcpt[v->n - 1].verdict = VERDICT_NEVER;
		free(v->rcpt[v->n - 1].text);
		v->rcpt[v->n - 1].text = mem_alloc(p->len[6] + 2);
		memcpy(v->rcpt[v->n - 1].text, p->text[6], p->len[6]);
	}
}

static const char *const ours[] = { "Date: ", "From: ", "To: ", "Subject: ",
	"Message-ID: ", "In-Reply-To: <", "References: <",
	"Auto-Submitted: auto-replied\r\n", "X-Loop: posthorn\r\n",
	"MIME-Version: 1.0\r\n", "Content-Type: multipart/report; ",
	"Content-Transfer-Encoding: 8bit\r\n", NULL };
static const char *const status[] = { "Reporting-MTA: dns; ",
	"Arrival-Date: ", "Final-Recipient: rfc822; ",
	"Final-Recipient: utf-8; ", "Action: failed\r\n",
	"Action: delayed\r\n", "Status: 4.", "Status: 5.", "Remote-MTA: dns; ",
	"Diagnostic-Code: smtp; ", "Diagnostic-Code: X-Posthorn; ",
	"Last-Attempt-Date: ", "Will-Retry-Until: ", "\r\n", NULL };

/* Every line up to end goes on with the one before, or begins so. */
static void
check_fields(const char *p, const char *end, const char *const *names)
{
	size_t i;

	for (; p < end; p = strstr(p, "\r\n") + 2) {
		if (*p == ' ') {
			must(strspn(p, " ") < strcspn(p, "\r"));
			continue;
		}
		for (i = 0; names[i] != NULL; i++)
			if (strncmp(p, names[i], strlen(names[i])) == 0)
				break;
		must(names[i] != NULL);
	}
}

static size_t
count(const char *p, const char *end, const char *what)
{
	size_t n = 0;

	while ((p = strstr(p, what)) != NULL && p++ < end)
		n++;
	return n;
}

/* Lines are lines, and the facts are theirs. */
static void
check_lines(const char *text, const struct message *m)
{
	const char *body = text + (m->length - m->body_length), *p, *end;
	size_t longest = 0, i;
	int high = 0, high_header = 0;

	must(strlen(text) == m->length && memcmp(body - 4, "\r\n\r\n", 4) == 0);
	must(strstr(text, "\r\n\r\n") + 4 == body);
	for (p = text; *p != '\0'; p = end + 2) {
		i = strcspn(p, "\r\n");
		end = p + i;
		must(end[0] == '\r' && end[1] == '\n' && i <= LINE);
		if (p >= body && i > longest)
			longest = i;
	}
	for (p = text; *p != '\0'; p++)
		if ((unsigned char)*p > 0x7f)
			*(p < body ? &high_header : &high) = 1;
	must(longest == m->longest && high == m->eightbit);
	must(high_header == m->eightbit_header);
	must(m->utf8 == words_utf8(body, m->body_length));
}

static void
check_notice(const char *text, const struct message *m,
    const struct entry *e, const struct bounce_facts *f)
{
	const char *body = text + (m->length - m->body_length), *part, *end;
	char line[64];

	check_lines(text, m);
	check_fields(text, body - 2, ours);
	part = strstr(text, "boundary=\"");
	must(part != NULL);
	snprintf(line, sizeof(line), "\r\n--%.34s", part + 10);
	must(count(body, text + m->length, line) == 4);
	part = strstr(strstr(body, line) + 1, line);
	part = strstr(part, "\r\n\r\n") + 4;
	end = strstr(part, line);
	check_fields(part, end + 2, status);
	must(count(part, end, "\nFinal-Recipient: ") ==
	    notice_count(&e->envelope, f->kind));
	must(count(part, end, "\nAction: ") ==
	    notice_count(&e->envelope, f->kind));
	must(count(part, end - 2, "\r\n\r\n") ==
	    notice_count(&e->envelope, f->kind));
}

static void
check(const struct input_pieces *p)
{
	struct bounce_facts f = { .kind = p->how & 2 ? NOTICE_FAILED :
		NOTICE_DELAYED, .host = "vm.example.org",
		.smarthost = p->how & 4 ? p->text[7] : NULL,
		.from_name = p->text[8], .from_address = "p@example.org",
		.now = 1000000000, .until = p->how & 4 ? 1000086400 : 0,
		.id = "a1", .whole = (p->how & 1) };
	struct entry e = { .id = "0123456789abcdef",
		.retry = { .arrived = 999999999 } };
	struct outcome o;
	struct message m;
	char *text;

	make_message(&e.message, p);
	make_envelope(&e.envelope, p);
	(void)bounce_may(&e);
	m = (struct message){ .fd = memfd_create("fuzz", MFD_CLOEXEC),
		.place = "memory" };
	if (notice_count(&e.envelope, f.kind) == 0)
		must(bounce_write(&m, &e, &f, &o) < 0 && o.fault == FAULT_BUG);
	else {
		must(bounce_write(&m, &e, &f, &o) == 0);
		text = mem_alloc(m.length + 1);
		must(file_pread(m.fd, text, m.length, m.start) == 0);
		check_notice(text, &m, &e, &f);
		free(text);
	}
	close(m.fd);
	close(e.message.fd);
	envelope_free(&e.envelope);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_pieces p;
	size_t i;

	if (size < 2 || size > MAX)
		return 0;
	cut(&p, data, size);
	check(&p);
	for (i = 0; i < PIECES; i++)
		free(p.text[i]);
	return 0;
}
