/* SPDX-License-Identifier: ISC */
/* By which account a message goes, from whom, and why. */
#include <string.h>

#include "front/human.h"
#include "front/logins.h"
#include "front/reasons.h"
#include "front/sender.h"

#define WIDTH	200u

struct reasons {
	FILE			*out;
	const struct call	*c;
	const struct buf	*header;
	struct sender_wish	 wish;
	const struct account	*account;
	struct buf		 choice;	/* see sender_choice */
	struct buf		 path;		/* see sender_path */
};

static void
put(const struct reasons *r, const char *before, const char *text,
    const char *behind)
{
	fputs(before, r->out);
	human_text(r->out, text, WIDTH);
	fputs(behind, r->out);
}

/* The pattern of its `match` that the sender fits, or NULL. */
static const char *
reasons_pattern(const struct account *a, const char *sender)
{
	struct account probe = *a;
	char *one[2] = { NULL, NULL };
	size_t i;

	probe.match = one;
	for (i = 0; a->match != NULL && a->match[i] != NULL; i++) {
		one[0] = a->match[i];
		if (account_match(&probe, 1, sender) != NULL)
			return a->match[i];
	}
	return NULL;
}

static void
reasons_account(const struct reasons *r)
{
	const struct settings *set = r->c->settings;
	const char *pattern = r->wish.account != NULL ||
	    r->choice.len == 0 ? NULL :
	    reasons_pattern(r->account, r->choice.data);

	put(r, "configuration ", set->path, "\n");
	put(r, "account ", r->account->name, "");
	if (r->wish.account != NULL)
		fputs(": named by --account\n", r->out);
	else if (pattern != NULL) {
		put(r, ": its match \"", pattern, "\" fits ");
		put(r, r->wish.given != NULL ? "-f <" : "the author <",
		    r->choice.data, ">\n");
	} else
		fputs(set->accounts_n == 1 ? ": the only one\n" :
		    ": the default\n", r->out);
	logins_show(r->out, r->account);
}

/* Where the reverse-path comes from. */
static const char *
reasons_source(const struct reasons *r)
{
	const bool chosen = strcmp(r->path.data, r->choice.data) == 0;

	if (r->wish.given != NULL && chosen)
		return "-f";
	if (r->wish.given != NULL)
		return r->choice.len == 0 ? "-f is empty, and null-sender = "
		    "\"account\"" : "-f, which rewrite-from makes the "
		    "account's `from`";
	if (r->account->from_address != NULL)
		return "the account's `from`";
	return r->choice.len > 0 && chosen ? "the author in the header" :
	    "the user who calls";
}

static void
reasons_tell(struct reasons *r)
{
	const struct identity *me = r->c->me;
	struct outcome ignored;

	r->account = sender_account(r->c->settings, &r->wish, me, r->header,
	    &ignored);
	if (r->account == NULL)
		return;
	sender_choice(&r->choice, &r->wish, me, r->header);
	reasons_account(r);
	if (sender_path(&r->path, r->account, &r->wish, me, r->header,
	    &ignored) < 0)
		return;
	put(r, "from <", r->path.data, ">: ");
	put(r, "", reasons_source(r), "\n");
}

void
reasons_show(FILE *out, const struct call *c, const struct buf *header)
{
	struct reasons r = { .out = out, .c = c, .header = header };

	r.wish.given = c->options->sender;
	r.wish.account = c->options->account;
	buf_init(&r.choice, LIMIT_ADDRESS * 2);
	buf_init(&r.path, LIMIT_ADDRESS * 2);
	reasons_tell(&r);
	buf_free(&r.choice);
	buf_free(&r.path);
}
