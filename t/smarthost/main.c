/* SPDX-License-Identifier: ISC */
/* The test server: listens, and serves each connection in a process. */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "auth.h"
#include "pki.h"
#include "session.h"

#define LISTENERS 3

struct listeners {
	struct pollfd	 fds[LISTENERS];
	nfds_t		 n;
	unsigned	 port;
};

static void
on_signal(int number)
{
	if (number != SIGCHLD)
		wire_stop = 1;
}

static void
signals(unsigned life)
{
	struct sigaction a;

	memset(&a, 0, sizeof a);
	a.sa_handler = on_signal;
	(void)sigaction(SIGTERM, &a, NULL);
	(void)sigaction(SIGINT, &a, NULL);
	(void)sigaction(SIGALRM, &a, NULL);
	(void)sigaction(SIGCHLD, &a, NULL);
	a.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &a, NULL);
	(void)alarm(life);
}

static void
listen_on(struct listeners *l, const void *address, size_t n, int family)
{
	struct sockaddr_storage got;
	socklen_t size = sizeof got;
	int one = 1, fd;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		die("socket: %s", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, address, (socklen_t)n) == -1 || listen(fd, 128) == -1)
		die("bind: %s", strerror(errno));
	if (getsockname(fd, (void *)&got, &size) == -1)
		die("getsockname: %s", strerror(errno));
	if (family == AF_INET)
		l->port = ntohs(((struct sockaddr_in *)(void *)&got)->sin_port);
	l->fds[l->n].fd = fd;
	l->fds[l->n].events = POLLIN;
	l->n++;
}

static void
listen_all(struct listeners *l, const struct options *o)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	memset(l, 0, sizeof *l);
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v4.sin_port = htons((in_port_t)o->port);
	listen_on(l, &v4, sizeof v4, AF_INET);
	if (o->ipv6) {
		v6.sin6_addr = in6addr_loopback;
		v6.sin6_port = htons((in_port_t)l->port);
		listen_on(l, &v6, sizeof v6, AF_INET6);
	}
	if (o->unix_path != NULL) {
		if (strlen(o->unix_path) >= sizeof un.sun_path)
			die("%s: too long", o->unix_path);
		strcpy(un.sun_path, o->unix_path);
		(void)unlink(o->unix_path);
		listen_on(l, &un, sizeof un, AF_UNIX);
	}
}

static void
tls_init(struct server *v)
{
	struct options *o = &v->options;
	char path[4200];

	pki_make(o->pki, o->leaf, path, sizeof path);
	if (o->make_pki)
		exit(0);
	if (gnutls_certificate_allocate_credentials(&v->credentials) < 0)
		die("out of memory");
	if (gnutls_certificate_set_x509_key_file(v->credentials,
	    o->cert != NULL ? o->cert : path,
	    o->key != NULL ? o->key : o->cert != NULL ? o->cert : path,
	    GNUTLS_X509_FMT_PEM) < 0)
		die("%s: unusable", o->cert != NULL ? o->cert : path);
	if (o->client_ca != NULL && gnutls_certificate_set_x509_trust_file(
	    v->credentials, o->client_ca, GNUTLS_X509_FMT_PEM) <= 0)
		die("%s: unusable", o->client_ca);
	if (o->tickets)
		(void)gnutls_session_ticket_key_generate(&v->ticket_key);
}

static void
announce(const struct options *o, unsigned port)
{
	char text[32], temporary[4200];
	FILE *f;

	snprintf(text, sizeof text, "%u", port);
	(void)setenv("SMARTHOST_PORT", text, 1);
	if (o->command == NULL) {
		printf("%s\n", text);
		fflush(stdout);
	}
	if (o->port_file == NULL)
		return;
	snprintf(temporary, sizeof temporary, "%s.new", o->port_file);
	f = fopen(temporary, "w");
	if (f == NULL)
		die("%s: cannot be written", temporary);
	fprintf(f, "%s\n", text);
	if (fclose(f) != 0 || rename(temporary, o->port_file) == -1)
		die("%s: cannot be written", o->port_file);
}

/* Runs the command in a group of its own, so that it can be ended whole. */
static pid_t
start_command(char **command)
{
	pid_t pid = fork();

	if (pid == -1)
		die("fork: %s", strerror(errno));
	if (pid == 0) {
		(void)setpgid(0, 0);
		(void)signal(SIGPIPE, SIG_DFL);
		(void)signal(SIGCHLD, SIG_DFL);
		execvp(command[0], command);
		die("%s: %s", command[0], strerror(errno));
	}
	(void)setpgid(pid, pid);
	return pid;
}

static void
serve(const struct server *v, int fd, unsigned number)
{
	pid_t pid = fork();

	if (pid == -1)
		die("fork: %s", strerror(errno));
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
		(void)signal(SIGCHLD, SIG_DFL);
		wire_stop = 0;
		(void)alarm(v->options.life);
		session_run(v, fd, number);
	}
	close(fd);
}

/* What is running, and how it is to end. */
struct house {
	const struct server *v;
	pid_t		 command;
	int		 status;	/* of the command */
	unsigned	 sessions;	/* alive */
	unsigned	 number;	/* begun */
	bool		 stop;
};

static void
reap(struct house *h)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != h->command) {
			h->sessions--;
			continue;
		}
		h->command = 0;
		h->status = WIFEXITED(status) ? WEXITSTATUS(status) :
		    128 + WTERMSIG(status);
		h->stop = true;
	}
}

/* Sessions whose client is gone end by themselves; the rest is told to. */
static void
end(struct house *h)
{
	struct timespec pause = { 0, 5000000 };
	int i;

	if (h->command > 0)
		(void)kill(-h->command, SIGTERM);
	(void)signal(SIGTERM, SIG_IGN);
	for (i = 0; h->sessions > 0 && i < 600; i++) {
		(void)nanosleep(&pause, NULL);
		if (i >= 80 && i % 40 == 0)
			(void)kill(0, SIGTERM);
		reap(h);
	}
}

static void
house_run(struct house *h, struct listeners *l)
{
	const struct options *o = &h->v->options;
	time_t last = time(NULL) + (time_t)o->life;
	struct timespec shortly = { 0, 100000000 };
	sigset_t block, old;
	nfds_t i;
	int fd;

	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &old);
	while (!h->stop && !wire_stop && time(NULL) < last) {
		reap(h);
		if (h->stop || (o->connections > 0 &&
		    h->number >= o->connections && h->sessions == 0))
			break;
		if ((o->serial && h->sessions > 0) || (o->connections > 0 &&
		    h->number >= o->connections)) {
			(void)ppoll(NULL, 0, &shortly, &old);
			continue;
		}
		if (ppoll(l->fds, l->n, &(struct timespec){ 1, 0 }, &old) <= 0)
			continue;
		for (i = 0; i < l->n; i++) {
			if ((l->fds[i].revents & POLLIN) == 0)
				continue;
			fd = accept(l->fds[i].fd, NULL, NULL);
			if (fd == -1)
				continue;
			h->sessions++;
			sigprocmask(SIG_SETMASK, &old, NULL);
			serve(h->v, fd, ++h->number);
			sigprocmask(SIG_BLOCK, &block, NULL);
		}
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
}

int
main(int argc, char *argv[])
{
	static struct server v;
	struct house h = { .v = &v };
	struct listeners l;

	options_parse(&v.options, argc, argv);
	(void)setpgid(0, 0);
	(void)mkdir(v.options.out, 0700);
	tls_init(&v);
	script_load(&v.script, v.options.script);
	auth_cyrus_init(&v.options);
	listen_all(&l, &v.options);
	signals(v.options.life);
	announce(&v.options, l.port);
	if (v.options.command != NULL)
		h.command = start_command(v.options.command);
	house_run(&h, &l);
	end(&h);
	if (v.options.unix_path != NULL)
		(void)unlink(v.options.unix_path);
	return h.status;
}
