/* SPDX-License-Identifier: ISC */
/* Plays a script's actions, or gives the default answer. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"

/* What one answer is about. */
struct scene {
	struct session	*s;
	const char	*text;		/* the default */
	int		 code;		/* by `as`; 0: from what was said */
	bool		 mine;		/* the caller's default was asked for */
};

static bool
contains(const char *line, size_t n, const char *text)
{
	return memmem(line, n, text, strlen(text)) != NULL;
}

static bool
holds(const struct session *s, const struct rule *r, enum event e,
    const char *line, size_t n)
{
	unsigned long count = e == EVENT_OCTETS ? s->octets : s->seen[e];
	bool tls = s->wire.tls != NULL;

	if (r->event != e)
		return false;
	if (e == EVENT_OCTETS && count < r->from)
		return false;
	if (e != EVENT_OCTETS && r->from != 0 &&
	    (count < r->from || count > r->to))
		return false;
	if ((r->phase == PHASE_CLEAR && tls) ||
	    (r->phase == PHASE_TLS && !tls))
		return false;
	if (r->conn != 0 && r->conn != s->number)
		return false;
	if (r->after != EVENT_NONE && s->seen[r->after] == 0)
		return false;
	return r->match == NULL || contains(line, n, r->match);
}

static const struct rule *
find(struct session *s, enum event e, const char *line, size_t n)
{
	const struct script *sc = &s->server->script;
	size_t i;
	bool turn = true;

	for (i = 0; i < sc->rules_n; i++) {
		if (s->used[i])
			continue;
		/* Of the `expect` rules only the first unused one counts. */
		if (sc->rules[i].once && !turn)
			continue;
		if (sc->rules[i].once)
			turn = false;
		if (!holds(s, &sc->rules[i], e, line, n))
			continue;
		if (sc->rules[i].once || e == EVENT_OCTETS)
			s->used[i] = true;
		return &sc->rules[i];
	}
	return NULL;
}

static void
say(struct session *s, const char *data, size_t n)
{
	octets_put(&s->wire.out, data, n);
	octets_put(&s->said, data, n);
}

static void
say_line(struct session *s, const char *text, size_t n)
{
	say(s, text, n);
	say(s, "\r\n", 2);
}

static void
flood(struct session *s, const struct action *a)
{
	long i;

	for (i = 0; (a->number == 0 || i < a->number) && s->wire.fd != -1 &&
	    !wire_stop; i++) {
		octets_put(&s->wire.out, a->text, a->n);
		if (s->wire.out.n < 65536)
			continue;
		wire_flush(&s->wire);
		if (!s->wire.wrote)
			break;
	}
}

static void
swallow(struct session *s)
{
	const char *p;
	size_t n;

	while ((p = wire_line(&s->wire, &n, 65536)) != NULL) {
		s->body_octets += n;
		if (n == 3 && memcmp(p, ".\r\n", 3) == 0)
			break;
		octets_drop(&s->wire.in, n);
	}
	if (p != NULL)
		octets_drop(&s->wire.in, n);
}

static void
say_default(struct scene *c)
{
	if (c->text == NULL)
		c->mine = true;
	else if (*c->text != '\0')
		say_line(c->s, c->text, strlen(c->text));
}

/* Those actions that only speak; true when it was one. */
static bool
speak(struct scene *c, const struct action *a)
{
	static const char go[] = "220 2.0.0 go ahead\r\n";

	switch (a->act) {
	case ACT_REPLY:
		say_line(c->s, a->text, a->n);
		return true;
	case ACT_RAW:
		say(c->s, a->text, a->n);
		return true;
	case ACT_DEFAULT:
		say_default(c);
		return true;
	case ACT_AS:
		c->code = (int)a->number;
		return true;
	case ACT_STARTTLS_THEN:
		say(c->s, go, sizeof go - 1);
		say(c->s, a->text, a->n);
		c->code = 220;
		return true;
	default:
		return false;
	}
}

static void
act(struct scene *c, const struct action *a)
{
	struct wire *w = &c->s->wire;

	if (speak(c, a))
		return;
	if (a->act != ACT_IGNORE && a->act != ACT_CUT_AFTER &&
	    a->act != ACT_DRIP)
		wire_flush(w);
	if (a->act == ACT_DELAY)
		wire_sleep(w, a->number);
	else if (a->act == ACT_DRIP)
		w->drip = (int)a->number;
	else if (a->act == ACT_CUT)
		wire_cut(w);
	else if (a->act == ACT_CLOSE)
		wire_close(w);
	else if (a->act == ACT_RESET)
		wire_reset(w);
	else if (a->act == ACT_CUT_AFTER)
		w->budget = (long)w->out.n + a->number;
	else if (a->act == ACT_STALL)
		wire_stall(w, a->number);
	else if (a->act == ACT_FLOOD)
		flood(c->s, a);
	else if (a->act == ACT_SWALLOW)
		swallow(c->s);
}

/* The code of the last line said; 0 when it has none. */
static int
code_of(const struct octets *said)
{
	const char *p;
	size_t n = said->n;

	while (n > 0 && (said->p[n - 1] == '\n' || said->p[n - 1] == '\r'))
		n--;
	if (n == 0)
		return 0;
	p = memrchr(said->p, '\n', n);
	p = p == NULL ? said->p : p + 1;
	if (said->p + n - p < 3 || !isdigit((unsigned char)p[0]) ||
	    !isdigit((unsigned char)p[1]) || !isdigit((unsigned char)p[2]))
		return 0;
	return atoi(p);
}

int
play_answer(struct session *s, enum event e, const char *line, size_t n,
    const char *text)
{
	struct scene c = { .s = s, .text = text };
	const struct rule *r;
	size_t i;

	s->said.n = 0;
	s->seen[e]++;
	r = find(s, e, line, n);
	if (r == NULL)
		say_default(&c);
	for (i = 0; r != NULL && i < r->actions_n && s->wire.fd != -1; i++)
		act(&c, &r->actions[i]);
	if (s->wire.fd == -1)
		s->over = true;
	record_command(s, e, line, n);
	if (c.mine)
		return PLAY_DEFAULT;
	return c.code != 0 ? c.code : code_of(&s->said);
}

int
play_event(struct session *s, enum event e)
{
	const struct script *sc = &s->server->script;
	size_t i;

	for (i = 0; i < sc->rules_n; i++)
		if (!s->used[i] && holds(s, &sc->rules[i], e, "", 0))
			return play_answer(s, e, "", 0, "");
	return 0;
}
