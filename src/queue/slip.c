/* SPDX-License-Identifier: ISC */
/* The slips that pass between the planner and a worker. */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "queue/slip.h"

/* How it travels: no field can have a value that is none of its type. */
struct packet {
	int64_t	 next;
	uint8_t	 kind, end, delivered;
	uint8_t	 verdict, scope, fault, stage;
	uint8_t	 in_doubt;
	uint16_t code, enhanced[3];
	char	 id[ENTRY_ID];
	char	 text[LIMIT_WORDS];
	char	 advice[LIMIT_ADVICE];
};

int
slip_send(int fd, const struct slip *s)
{
	struct packet p;

	memset(&p, 0, sizeof(p));
	p.kind = (uint8_t)s->kind;
	p.end = (uint8_t)s->end;
	p.delivered = s->delivered;
	p.next = s->next;
	p.verdict = (uint8_t)s->why.verdict;
	p.scope = (uint8_t)s->why.scope;
	p.fault = (uint8_t)s->why.fault;
	p.stage = (uint8_t)s->why.stage;
	p.in_doubt = s->why.in_doubt;
	p.code = s->why.code;
	memcpy(p.enhanced, s->why.enhanced, sizeof(p.enhanced));
	memcpy(p.id, s->id, strnlen(s->id, sizeof(s->id) - 1));
	memcpy(p.text, s->why.text, strnlen(s->why.text, sizeof(p.text) - 1));
	memcpy(p.advice, s->why.advice,
	    strnlen(s->why.advice, sizeof(p.advice) - 1));
	return send(fd, &p, sizeof(p), MSG_NOSIGNAL) == (ssize_t)sizeof(p) ?
	    0 : -1;
}

/* Is everything in it possible? */
static bool
packet_sound(const struct packet *p)
{
	bool named = p->kind != SLIP_OPEN && p->kind != SLIP_OVER;

	return p->kind <= SLIP_OVER && p->end <= FINISH_ERROR &&
	    p->delivered <= 1 && p->in_doubt <= 1 &&
	    p->verdict <= VERDICT_NEVER && p->scope <= SCOPE_HOST &&
	    p->fault <= FAULT_TRUST && p->stage <= STAGE_QUIT &&
	    p->code <= 999 && p->enhanced[0] <= 5 && p->enhanced[1] <= 999 &&
	    p->enhanced[2] <= 999 && p->next >= 0 &&
	    memchr(p->text, '\0', sizeof(p->text)) != NULL &&
	    memchr(p->advice, '\0', sizeof(p->advice)) != NULL &&
	    memchr(p->id, '\0', sizeof(p->id)) != NULL &&
	    (named ? folder_is_id(p->id) : p->id[0] == '\0');
}

static void
packet_open(struct packet *p, struct slip *s)
{
	memset(s, 0, sizeof(*s));
	s->kind = (enum slip_kind)p->kind;
	s->end = (enum finish_end)p->end;
	s->delivered = p->delivered;
	s->next = (time_t)p->next;
	memcpy(s->id, p->id, sizeof(s->id));
	outcome_clear(&s->why);
	s->why.verdict = (enum verdict)p->verdict;
	s->why.scope = (enum scope)p->scope;
	s->why.fault = (enum fault)p->fault;
	s->why.stage = (enum stage)p->stage;
	s->why.in_doubt = p->in_doubt;
	s->why.code = p->code;
	memcpy(s->why.enhanced, p->enhanced, sizeof(p->enhanced));
	memcpy(s->why.text, p->text, sizeof(p->text));
	memcpy(s->why.advice, p->advice, sizeof(p->advice));
	(void)outcome_clean(s->why.text, strlen(s->why.text));
	(void)outcome_clean(s->why.advice, strlen(s->why.advice));
}

int
slip_receive(int fd, struct slip *s)
{
	struct packet p;
	ssize_t n;

	/* Who ends with ids unread resets the line, once; what it said before
	 * is still there. */
	while ((n = recv(fd, &p, sizeof(p), MSG_TRUNC)) < 0 &&
	    (errno == EINTR || errno == ECONNRESET))
		;
	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(p) || !packet_sound(&p))
		return -1;
	packet_open(&p, s);
	return 1;
}

int
slip_hand(int fd, const char *id)
{
	return send(fd, id, ENTRY_ID, MSG_NOSIGNAL) == ENTRY_ID ? 0 : -1;
}

bool
slip_stop(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) > 0 &&
	    (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

int
slip_take(int fd, bool wait, char id[ENTRY_ID])
{
	ssize_t n;

	while ((n = recv(fd, id, ENTRY_ID, wait ? 0 : MSG_DONTWAIT)) < 0 &&
	    errno == EINTR)
		;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n != ENTRY_ID)
		return -1;
	id[ENTRY_ID - 1] = '\0';
	return 1;
}
