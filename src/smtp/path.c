/* SPDX-License-Identifier: ISC */
/* MAIL and RCPT, with their parameters. */
#include <stdio.h>

#include "smtp/path.h"

bool
path_fits(const struct session *s, const char *address)
{
	if (s->line.caps.utf8)
		return true;
	for (; *address != '\0'; address++)
		if ((unsigned char)*address > 0x7f)
			return false;
	return true;
}

bool
path_secures(const struct session *s)
{
	return s->line.caps.requiretls && s->line.tls != NULL &&
	    tls_verified(s->line.tls);
}

/* The parameters of what the message holds. */
static const char *
mail_kind(const struct session *s, const struct message *m,
    const struct envelope *e, bool utf8)
{
	const bool eightbit = s->line.caps.eightbit && (m->eightbit ||
	    m->eightbit_header || e->body_8bit || utf8);

	if (utf8)
		return eightbit ? " BODY=8BITMIME SMTPUTF8" : " SMTPUTF8";
	return eightbit ? " BODY=8BITMIME" : "";
}

int
path_mail(struct session *s, const struct message *m,
    const struct envelope *e, bool utf8, struct outcome *o)
{
	const struct capabilities *c = &s->line.caps;
	const char *envid = c->dsn && e->envid != NULL ? e->envid : "";
	const bool ret = c->dsn && e->ret != DSN_RET_UNSAID;
	char size[32] = "";

	if (c->size)
		snprintf(size, sizeof(size), " SIZE=%llu",
		    (unsigned long long)m->length);
	return dialogue_command(&s->line.d, STAGE_MAIL, o,
	    "MAIL FROM:<%s>%s%s%s%s%s%s%s", e->sender, size,
	    mail_kind(s, m, e, utf8),
	    e->require_tls && path_secures(s) ? " REQUIRETLS" : "",
	    ret ? " RET=" : "", ret ? dsn_ret_word(e->ret) : "",
	    *envid != '\0' ? " ENVID=" : "", envid);
}

int
path_rcpt(struct session *s, const struct recipient *r, struct outcome *o)
{
	const bool asked = s->line.caps.dsn && r->notify != 0;
	char notify[DSN_WORDS];
	struct buf orcpt;
	int said;

	dsn_words(r->notify & DSN_REPORT ? DSN_NEVER : r->notify, notify);
	buf_init(&orcpt, LIMIT_GROUP);
	if (asked && r->orcpt)
		buf_puts(&orcpt, envelope_orcpt_of(r));
	else if (asked && r->notify != DSN_REPORT)
		dsn_orcpt(&orcpt, r->address);
	if (orcpt.len > DSN_ORCPT)
		buf_clear(&orcpt);
	said = dialogue_command(&s->line.d, STAGE_RCPT, o,
	    "RCPT TO:<%s>%s%s%s%s", r->address, asked ? " NOTIFY=" : "",
	    asked ? notify : "", orcpt.len > 0 ? " ORCPT=" : "", orcpt.data);
	buf_free(&orcpt);
	return said;
}

/* The address that keeps all that is left from going; NULL: something can. */
static const char *
path_odd(const struct session *s, struct envelope *e)
{
	const char *odd = NULL;
	size_t i;

	if (!e->utf8 || s->line.caps.utf8)
		return NULL;
	if (!path_fits(s, e->sender))
		return e->sender;
	for (i = envelope_next(e, 0); i < e->n; i = envelope_next(e, i + 1)) {
		if (path_fits(s, e->rcpt[i].address))
			return NULL;
		if (odd == NULL)
			odd = e->rcpt[i].address;
	}
	return odd;
}

/* The words are in *o. */
static int
impossible(struct outcome *o, uint16_t subject, uint16_t detail)
{
	const uint16_t enhanced[3] = { 5, subject, detail };

	outcome_codes(o, 0, enhanced);
	return -1;
}

int
path_possible(const struct session *s, const struct message *m,
    struct envelope *e, struct outcome *o)
{
	const char *host = s->params.host->name, *odd;

	if (s->line.caps.size_max > 0 && m->length > s->line.caps.size_max) {
		outcome_fail(o, FAULT_REFUSED, STAGE_MAIL,
		    "the message has %llu octets, %s takes %llu",
		    (unsigned long long)m->length, host,
		    (unsigned long long)s->line.caps.size_max);
		return impossible(o, 3, 4);
	}
	if (e->require_tls && !path_secures(s)) {
		outcome_fail(o, FAULT_REFUSED, STAGE_MAIL,
		    "REQUIRETLS was asked for, and %s %s", host,
		    s->line.caps.requiretls ? "has no verified certificate" :
		    "does not offer it");
		return impossible(o, 7, 30);
	}
	odd = path_odd(s, e);
	if (odd != NULL) {
		outcome_fail(o, FAULT_REFUSED, STAGE_MAIL,
		    "%s: not ASCII, and %s does not offer SMTPUTF8", odd,
		    host);
		return impossible(o, 6, 7);
	}
	return 0;
}
