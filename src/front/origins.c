/* SPDX-License-Identifier: ISC */
/* Where each recipient comes from: told for --explain. */
#include <string.h>

#include "front/human.h"
#include "front/origins.h"
#include "front/recipients.h"
#include "mail/header.h"

#define WIDTH	200u

struct origins {
	FILE		*out;
	struct book	 aliases;
	struct book	 none;		/* what is written stands */
	struct envelope	 told;
};

/* One place where recipients stand: an argument, or a field in a block of its
 * own. */
struct place_of {
	const char	*argument;	/* or NULL */
	struct buf	 field;
	char		 name[32];	/* of the field */
};

static void
gather(struct envelope *e, const struct place_of *p, struct book *b)
{
	struct outcome ignored;

	envelope_init(e);
	if (p->argument != NULL)
		(void)recipients_argument(e, p->argument, b, &ignored);
	else
		(void)recipients_header(e, &p->field, b, &ignored);
}

/* Was it not in e yet?  It is, then. */
static bool
is_new(struct envelope *e, const char *address)
{
	struct outcome ignored;
	size_t n = e->n;

	return envelope_add(e, address, &ignored) == 0 && e->n > n;
}

static void
show(struct origins *g, const struct place_of *p, const char *address,
    bool alias, const char *owner)
{
	fputs("  <", g->out);
	human_text(g->out, address, WIDTH);
	fputs(p->argument != NULL ? ">: argument \"" : ">: ", g->out);
	human_text(g->out, p->argument != NULL ? p->argument : p->name, WIDTH);
	fputs(p->argument != NULL ? "\"" : "", g->out);
	fputs(alias ? ", by an alias" : "", g->out);
	if (owner != NULL) {
		fputs(", from <", g->out);
		human_text(g->out, owner, WIDTH);
		fputs(">", g->out);
	}
	putc('\n', g->out);
}

static void
tell(struct origins *g, const struct place_of *p)
{
	struct envelope found, written;
	const struct envelope *e;
	size_t i;
	bool alias;

	gather(&found, p, &g->aliases);
	gather(&written, p, &g->none);
	for (e = &found; e != NULL; e = e->others)
		for (i = 0; i < e->n; i++) {
			alias = is_new(&written, e->rcpt[i].address);
			if (is_new(&g->told, e->rcpt[i].address))
				show(g, p, e->rcpt[i].address, alias,
				    e == &found ? NULL : e->sender);
		}
	envelope_free(&found);
	envelope_free(&written);
}

static void
tell_field(struct origins *g, const struct buf *h, const struct field *f)
{
	struct place_of p = { .argument = NULL };
	size_t n = f->name_len < sizeof(p.name) ? f->name_len :
	    sizeof(p.name) - 1;

	memcpy(p.name, h->data + f->start, n);
	buf_init(&p.field, f->end - f->start);
	(void)buf_add(&p.field, h->data + f->start, f->end - f->start);
	tell(g, &p);
	buf_free(&p.field);
}

/* To, Cc and Bcc, or those of the first Resent- block instead. */
static void
tell_header(struct origins *g, const struct buf *h)
{
	static const char *const names[2][3] = { { "To", "Cc", "Bcc" },
		{ "Resent-To", "Resent-Cc", "Resent-Bcc" } };
	size_t pos = 0, end = h->len, i;
	bool resent = header_resent(h, &pos, &end);
	struct field f;

	while (header_next(h, &pos, &f) && f.start < end)
		for (i = 0; i < 3; i++)
			if (header_is(h, &f, names[resent][i]))
				tell_field(g, h, &f);
}

void
origins_show(FILE *out, const struct call *c, const struct buf *header)
{
	struct origins g = { .out = out };
	struct place_of p = { .argument = NULL };
	const struct options *op = c->options;
	size_t i;

	book_init(&g.aliases, c->settings, c->me, op->no_aliases);
	book_init(&g.none, c->settings, c->me, true);
	envelope_init(&g.told);
	for (i = 0; i < op->recipients_n; i++) {
		p.argument = op->recipients[i];
		tell(&g, &p);
	}
	if (op->from_header)
		tell_header(&g, header);
	envelope_free(&g.told);
	book_free(&g.aliases);
	book_free(&g.none);
}
