/* SPDX-License-Identifier: ISC */
/*
 * Replies of any server, read, judged at every stage, taken for EHLO's.
 * First octet: how much of them a read returns.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "smtp/ehlo.h"
#include "smtp/faults.h"

#define SECRET	"tangerine-7"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* One printable line, ended. */
static void
printable(const char *s, size_t size)
{
	size_t n = strnlen(s, size), i;

	must(n < size);
	for (i = 0; i < n; i++)
		must((unsigned char)s[i] >= ' ' && s[i] != 0x7f);
}

static void
judge(const struct reply *r)
{
	enum stage stage;
	struct outcome o;

	for (stage = STAGE_GREETING; stage <= STAGE_QUIT; stage++) {
		must(faults_judge(r, stage, "what", &o) == -1);
		must(o.fault != FAULT_NONE && o.verdict != VERDICT_DELIVERED);
		must(o.verdict != VERDICT_NEVER || (r->code >= 500 &&
		    stage >= STAGE_MAIL && stage <= STAGE_MESSAGE));
		printable(o.text, sizeof(o.text));
	}
	(void)faults_too_many(r);
	(void)faults_mechanism(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mask mask = { SECRET, sizeof(SECRET) - 1 };
	static struct reply r;
	struct capabilities caps;
	enum stage stage;
	struct outcome o;
	struct stream *s;
	char words[80];

	if (size < 1)
		return 0;
	stage = (data[0] & 0x80) != 0 ? STAGE_AUTH : STAGE_MAIL;
	s = stream_memory(data + 1, size - 1, data[0] & 0x7f, NULL);
	while (reply_read(s, &r, clock_deadline(1000), stage, &mask,
	    &o) == 0) {
		must(r.code >= 200 && r.code <= 599);
		must(r.len <= LIMIT_REPLY && r.text[r.len] == '\0');
		must(r.enhanced[0] == 0 || r.enhanced[0] == r.code / 100);
		must(stage != STAGE_AUTH || memmem(r.text, r.len, SECRET,
		    strlen(SECRET)) == NULL);
		printable(reply_words(&r, words, sizeof(words)),
		    sizeof(words));
		judge(&r);
		ehlo_parse(&r, &caps);
		printable(caps.auth_text, 0x7fffffff);
		must(strlen(caps.auth_text) < sizeof(caps.auth_text));
	}
	must(o.fault == FAULT_NETWORK || o.fault == FAULT_PROTOCOL);
	printable(o.text, sizeof(o.text));
	must(stage != STAGE_AUTH || strstr(o.text, SECRET) == NULL);
	stream_close(s);
	return 0;
}
