/* SPDX-License-Identifier: ISC */
/* Address lists of any octets: no way out of the wire form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "mail/address.h"
#include "mail/words.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int ok)
{
	if (!ok)
		abort();
}

/* One path, not to be left, and read again as what it is. */
static void
check_wire(const struct buf *b)
{
	struct outcome o;
	struct buf again;
	int quoted = 0;
	size_t i;

	must(strlen(b->data) == b->len && b->len <= LIMIT_ADDRESS);
	must(words_utf8(b->data, b->len));
	for (i = 0; i < b->len; i++) {
		char c = b->data[i];

		must((unsigned char)c >= ' ' && c != 0x7f && c != '<' &&
		    c != '>');
		must(c != ' ' || quoted);
		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
	}
	must(!quoted);
	buf_init(&again, 2 * LIMIT_ADDRESS);
	must(address_one(&again, b->data, NULL, &o) == 0);
	must(strcmp(again.data, b->data) == 0);
	buf_free(&again);
}

static void
check_address(const struct address *a, const char *text, size_t size,
    struct buf *b)
{
	struct outcome o;

	must(a->start < a->end && a->end <= size);
	must(a->phrase_start <= a->phrase_end && a->phrase_end <= a->start);
	must(strlen(a->local) == a->local_len);
	must(a->local_len <= LIMIT_ADDRESS);
	must(strlen(a->domain) <= LIMIT_DOMAIN);
	must(strlen(a->phrase) <= LIMIT_PHRASE);
	must(a->bare == (*a->domain == '\0'));
	must(memchr(text + a->start, '\0', a->end - a->start) == NULL);
	must(strpbrk(a->phrase, "\r\n\t") == NULL);
	buf_clear(b);
	if (address_wire(b, a, "home.example", &o) == 0)
		check_wire(b);
	else
		must(b->len == 0 && o.fault == FAULT_DATA && *o.text != 0);
	buf_clear(b);
	must(words_phrase(b, a->phrase, strlen(a->phrase)) == 0);
	must(memchr(b->data, '\0', b->len) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct address_scan s;
	struct address a;
	struct outcome o;
	struct buf b;
	size_t pos = 0;
	int rc;

	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	buf_init(&b, 1u << 20);
	/* not terminated: the scanner has to know the length */
	address_scan(&s, (const char *)data, size);
	while ((rc = address_next(&s, &a, &o)) == 1) {
		must(s.pos > pos && s.pos <= size);
		pos = s.pos;
		check_address(&a, text, size, &b);
	}
	must(rc == 0 || (o.fault == FAULT_DATA && *o.text != '\0'));
	address_done(&s);
	buf_clear(&b);
	if (address_one(&b, text, NULL, &o) < 0)
		must(b.len == 0);
	else if (b.len > 0)
		check_wire(&b);
	buf_clear(&b);
	if (address_domain(&b, text, &o) < 0)
		must(b.len == 0);
	else
		must(b.len > 0 && strpbrk(b.data, " <>\"@\r\n") == NULL);
	buf_free(&b);
	free(text);
	return 0;
}
