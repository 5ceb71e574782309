/* SPDX-License-Identifier: ISC */
/* Configuration texts that must be refused, and with which words. */
#ifndef POSTHORN_REFUSED_H
#define POSTHORN_REFUSED_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "conf/settings.h"
#include "unit.h"

#define A "account \"a\" {\nhost = h.example.org\n"	/* two lines */
#define U "user = u\n"

/* words that begin with ':' follow the file's name; the advice contains
 * advice.  The text's only secret begins with "s3cr". */
struct refusal {
	const char	*text, *words, *advice;
};

static inline void
refused_by(const struct refusal *r, bool set_id)
{
	struct settings s;
	struct outcome o;
	char at[300];

	setenv("PH_CONTROL", "a\nb", 1);
	setenv("PH_EMPTY", "", 1);
	unsetenv("PH_NOT_SET");
	outcome_clear(&o);
	ck_assert_msg(settings_parse(&s, r->text, strlen(r->text), "/etc/c",
	    set_id, &o) == -1, "taken: %s", r->text);
	snprintf(at, sizeof(at), "%s%s", *r->words == ':' ? "/etc/c" : "",
	    r->words);
	ck_assert_msg(strstr(o.text, at) != NULL, "%s\n\nsaid: %s\nwanted: "
	    "%s", r->text, o.text, at);
	ck_assert_msg(strstr(o.advice, r->advice) != NULL,
	    "said: %s\nadvised: %s", o.text, o.advice);
	ck_assert_msg(strncmp(o.text, "/etc/c:", 7) == 0, "%s", o.text);
	ck_assert_msg(strstr(o.text, "s3cr") == NULL &&
	    strstr(o.advice, "s3cr") == NULL, "leaks: %s", o.text);
	ck_assert_int_eq((int)o.fault, FAULT_CONFIG);
	ck_assert_int_eq((int)o.stage, STAGE_CONFIG);
	ck_assert_ptr_null(s.accounts);
	settings_free(&s);
}

#endif
