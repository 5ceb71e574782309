/* SPDX-License-Identifier: ISC */
/* Names to addresses, under a deadline. */
#include <sys/eventfd.h>
#include <sys/types.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/gnutls.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/wait.h"
#include "net/resolve.h"

#define RESOLVE_STACK	(256u << 10)	/* what name service modules may need */
#define WAIT_BOTH	200		/* ms */
#define WAIT_IPV6	50		/* ms; RFC 8305 section 3 */
#define WAIT_IPV4	1000		/* ms */
#define LOOK_AGAIN	5		/* ms */

struct lookup;

/* One question's side of it. */
struct answer {
	struct lookup	*lookup;
	int		 family;
	bool		 pending;
	int		 rc;		/* of getaddrinfo */
	int		 error;		/* errno with EAI_SYSTEM */
	struct addrinfo	*list;
};

/* getaddrinfo(3) knows no deadline, so it runs in threads; whoever is the
 * last to let go of this frees it. */
struct lookup {
	pthread_mutex_t	 lock;
	int		 news;		/* eventfd: an answer has come; -1 */
	pid_t		 pid;		/* whose threads they are */
	bool		 orphaned;	/* we are a child, without threads:
					 * nothing here can be touched */
	unsigned	 holders;
	char		*name;
	char		 port[8];
	struct answer	 both;
	struct answer	 six;
	struct answer	 four;
};

static void
answer_init(struct answer *a, struct lookup *l, int family)
{
	a->lookup = l;
	a->family = family;
}

static void
answer_free(struct answer *a)
{
	if (a->list != NULL)
		freeaddrinfo(a->list);
}

static struct lookup *
lookup_new(const char *name, uint16_t port)
{
	struct lookup *l = mem_alloc(sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	l->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->holders = 1;
	l->pid = getpid();
	l->name = mem_dup(name);
	snprintf(l->port, sizeof(l->port), "%u", (unsigned)port);
	answer_init(&l->both, l, AF_UNSPEC);
	answer_init(&l->six, l, AF_INET6);
	answer_init(&l->four, l, AF_INET);
	return l;
}

static void
lookup_release(struct lookup *l)
{
	bool last;

	pthread_mutex_lock(&l->lock);
	last = --l->holders == 0;
	pthread_mutex_unlock(&l->lock);
	if (!last)
		return;
	answer_free(&l->both);
	answer_free(&l->six);
	answer_free(&l->four);
	if (l->news >= 0)
		close(l->news);
	pthread_mutex_destroy(&l->lock);
	free(l->name);
	free(l);
}

static void *
lookup_run(void *arg)
{
	struct answer *a = arg;
	struct lookup *l = a->lookup;
	struct addrinfo hints = { .ai_family = a->family,
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(l->name, l->port, &hints, &list);
	int error = errno;

	pthread_mutex_lock(&l->lock);
	a->rc = rc;
	a->error = error;
	a->list = rc == 0 ? list : NULL;
	a->pending = false;
	if (l->news >= 0)
		eventfd_write(l->news, 1);
	pthread_mutex_unlock(&l->lock);
	lookup_release(l);
	return NULL;
}

/* Puts one question.  Where no thread can be had, a lookup that takes its time
 * is better than none. */
static void
lookup_start(struct answer *a)
{
	pthread_attr_t attr;
	sigset_t all, old;
	pthread_t thread;
	int rc;

	pthread_mutex_lock(&a->lookup->lock);
	a->pending = true;
	a->lookup->holders++;
	pthread_mutex_unlock(&a->lookup->lock);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, RESOLVE_STACK);
	sigfillset(&all);	/* signals belong to the main thread */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, &attr, lookup_run, a);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (rc != 0)
		lookup_run(a);
}

/* Is there nothing more to wait for?  Under the lock. */
static bool
lookup_settled(const struct lookup *l)
{
	bool some = l->six.list != NULL || l->four.list != NULL;

	return l->both.list != NULL || (!l->six.pending && !l->four.pending &&
	    (some || !l->both.pending));
}

/* Waits for the next answer, unlocked; false once time is up.  Without a
 * descriptor it looks again from time to time.  A signal's handler may fork
 * here. */
static bool
lookup_news(struct lookup *l, int64_t until)
{
	struct pollfd p = { .fd = l->news, .events = POLLIN };
	int left = clock_left(until);
	eventfd_t n;

	if (left == 0)
		return false;
	pthread_mutex_unlock(&l->lock);
	wait_poll(&p, 1, l->news < 0 && left > LOOK_AGAIN ? LOOK_AGAIN : left);
	l->orphaned = getpid() != l->pid;
	if (l->orphaned)
		return false;
	if (l->news >= 0)
		eventfd_read(l->news, &n);
	pthread_mutex_lock(&l->lock);
	return true;
}

/* Waits until all is settled, or for as long as that is worth it: false. */
static bool
lookup_wait(struct lookup *l, int64_t until)
{
	bool settled, hurried = false, more = true;
	int64_t patience;

	pthread_mutex_lock(&l->lock);
	while (!(settled = lookup_settled(l)) && more) {
		if (!hurried && (l->six.list != NULL || l->four.list != NULL)) {
			hurried = true;
			patience = clock_deadline(l->six.pending ? WAIT_IPV6 :
			    WAIT_IPV4);
			until = patience < until ? patience : until;
		}
		more = lookup_news(l, until);
		if (l->orphaned)
			return false;
	}
	pthread_mutex_unlock(&l->lock);
	return settled;
}

/* Asks for one family, or for both together and then for each. */
static void
lookup_ask(struct lookup *l, int family, int64_t deadline)
{
	int64_t soon = clock_deadline(WAIT_BOTH);

	if (family == AF_UNSPEC) {
		lookup_start(&l->both);
		if (lookup_wait(l, soon < deadline ? soon : deadline) ||
		    l->orphaned)
			return;
	}
	if (family != AF_INET)
		lookup_start(&l->six);
	if (family != AF_INET6)
		lookup_start(&l->four);
	lookup_wait(l, deadline);
}

static bool
endpoints_have(const struct endpoints *ends, const struct addrinfo *ai)
{
	size_t i;

	for (i = 0; i < ends->n; i++)
		if (ends->e[i].len == ai->ai_addrlen && memcmp(&ends->e[i].addr,
		    ai->ai_addr, ai->ai_addrlen) == 0)
			return true;
	return false;
}

/* Adds those of list that are of the family (AF_UNSPEC: any). */
static void
endpoints_add(struct endpoints *ends, const struct addrinfo *list, int family)
{
	const struct addrinfo *ai;
	struct endpoint *e;

	for (ai = list; ai != NULL; ai = ai->ai_next) {
		if (ends->n == LIMIT_ADDRESSES)
			return;
		if ((family != AF_UNSPEC && ai->ai_family != family) ||
		    ai->ai_addrlen > sizeof(e->addr) ||
		    endpoints_have(ends, ai))
			continue;
		e = &ends->e[ends->n++];
		memset(e, 0, sizeof(*e));
		memcpy(&e->addr, ai->ai_addr, ai->ai_addrlen);
		e->len = ai->ai_addrlen;
	}
}

void
resolve_merge(const struct endpoints *six, const struct endpoints *four,
    struct endpoints *ends)
{
	size_t i;

	ends->n = 0;
	for (i = 0; i < six->n || i < four->n; i++) {
		if (i < six->n && ends->n < LIMIT_ADDRESSES)
			ends->e[ends->n++] = six->e[i];
		if (i < four->n && ends->n < LIMIT_ADDRESSES)
			ends->e[ends->n++] = four->e[i];
	}
}

static bool
answer_temporary(const struct answer *a)
{
	return a->rc == EAI_AGAIN || a->rc == EAI_SYSTEM || a->rc == EAI_FAIL ||
	    a->rc == EAI_MEMORY;
}

/* The words for having no address at all. */
static int
resolve_failed(const struct lookup *l, int family, struct outcome *o)
{
	const struct answer *a = family == AF_INET6 ? &l->six :
	    family == AF_INET ? &l->four : &l->both;

	if (a->pending) {
		outcome_fail(o, FAULT_NETWORK, STAGE_RESOLVE,
		    "no address for %s: timed out waiting for the resolver",
		    l->name);
		return outcome_advise(o, "are the name servers in "
		    "/etc/resolv.conf right, and is the network up?");
	}
	outcome_fail(o, FAULT_NETWORK, STAGE_RESOLVE, "no address for %s: %s",
	    l->name, a->rc == EAI_SYSTEM ? strerror(a->error) :
	    gai_strerror(a->rc));
	if (!answer_temporary(a))
		return outcome_advise(o, "check the spelling of the host name");
	if (access("/etc/resolv.conf", R_OK) == -1)
		return outcome_advise(o, "/etc/resolv.conf cannot be read, so "
		    "no name server is known: %s", strerror(errno));
	return outcome_advise(o, "no name server answered: is the network up, "
	    "and is /etc/resolv.conf right?");
}

/* Asks the system for the name's addresses. */
static int
resolve_ask(const char *name, uint16_t port, int family, int64_t deadline,
    struct endpoints *ends, struct outcome *o)
{
	struct lookup *l = lookup_new(name, port);
	struct endpoints six = { .n = 0 }, four = { .n = 0 };
	int rc = 0;

	lookup_ask(l, family, deadline);
	if (l->orphaned)		/* left as it is; anew */
		return resolve_ask(name, port, family, deadline, ends, o);
	pthread_mutex_lock(&l->lock);
	endpoints_add(&six, l->both.list, AF_INET6);
	endpoints_add(&four, l->both.list, AF_INET);
	endpoints_add(&six, l->six.list, AF_INET6);
	endpoints_add(&four, l->four.list, AF_INET);
	resolve_merge(&six, &four, ends);
	if (ends->n == 0)
		rc = resolve_failed(l, family, o);
	pthread_mutex_unlock(&l->lock);
	lookup_release(l);
	return rc;
}

/* A name with U-labels as A-labels, which the caller frees. */
static int
resolve_idna(const char *name, char **to, struct outcome *o)
{
	gnutls_datum_t mapped;
	int rc = gnutls_idna_map(name, (unsigned)strlen(name), &mapped, 0);

	if (rc < 0)
		return outcome_fail(o, FAULT_NETWORK, STAGE_RESOLVE,
		    "%s is no valid internationalised host name: %s", name,
		    gnutls_strerror(rc));
	*to = mem_ndup(mapped.data, mapped.size);
	gnutls_free(mapped.data);
	return 0;
}

/* True if name is an address; those of the family go into ends. */
static bool
resolve_literal(const char *name, uint16_t port, int family,
    struct endpoints *ends)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *list;
	char text[8];

	snprintf(text, sizeof(text), "%u", (unsigned)port);
	if (getaddrinfo(name, text, &hints, &list) != 0)
		return false;
	endpoints_add(ends, list, family);
	freeaddrinfo(list);
	return true;
}

static bool
resolve_is_ascii(const char *s)
{
	while (*s > 0)
		s++;
	return *s == '\0';
}

int
resolve_host(const char *name, uint16_t port, int family, int64_t deadline,
    struct endpoints *ends, struct outcome *o)
{
	char *mapped = NULL;
	int rc;

	ends->n = 0;
	if (name[0] == '\0')
		return outcome_fail(o, FAULT_NETWORK, STAGE_RESOLVE,
		    "no address for a host without a name");
	if (resolve_literal(name, port, family, ends)) {
		if (ends->n > 0)
			return 0;
		return outcome_fail(o, FAULT_NETWORK, STAGE_RESOLVE,
		    "%s is no IPv%d address", name, family == AF_INET ? 4 : 6);
	}
	if (!resolve_is_ascii(name) && resolve_idna(name, &mapped, o) == -1)
		return -1;
	rc = resolve_ask(mapped != NULL ? mapped : name, port, family,
	    deadline, ends, o);
	free(mapped);
	return rc;
}

const char *
resolve_text(const struct endpoint *e, char text[64])
{
	if (e->len == 0 || getnameinfo((const struct sockaddr *)&e->addr,
	    e->len, text, 64, NULL, 0, NI_NUMERICHOST) != 0)
		strcpy(text, "?");
	return text;
}
