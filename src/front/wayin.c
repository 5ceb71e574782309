/* SPDX-License-Identifier: ISC */
/* The way in for who cannot read the system's configuration. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "front/wayin.h"

#define WAYIN_FOLDER	RUNSTATEDIR "/posthorn"
#define WAYIN_SOCKET	WAYIN_FOLDER "/submit"

/* Is it the right to read it that we lack? */
static bool
wayin_denied(const char *config)
{
	int fd = open(config, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EACCES;
}

static bool
wayin_roots(const char *folder)
{
	struct stat st;

	return stat(folder, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == 0 && (st.st_mode & 022) == 0;
}

static int
wayin_look(struct outcome *o)
{
	struct stat st;

	if (lstat(WAYIN_SOCKET, &st) != 0 || !S_ISSOCK(st.st_mode))
		return outcome_advise(o, "is posthorn installed set-gid "
		    "posthorn? Under NoNewPrivileges that does nothing; the "
		    "way in is " WAYIN_SOCKET ": systemctl enable --now "
		    "posthorn-submit.socket");
	if (!wayin_roots(RUNSTATEDIR) || !wayin_roots(WAYIN_FOLDER))
		return outcome_advise(o, "the way in, " WAYIN_SOCKET ", is "
		    "not used: others than root can write in its directory");
	return 0;
}

static void
wayin_account(struct account *a)
{
	account_init(a, "submit");
	a->hosts = mem_alloc(sizeof(*a->hosts));
	a->hosts[0].name = mem_dup(WAYIN_SOCKET);
	a->hosts[0].is_unix = true;
	a->hosts_n = 1;
	a->tls = TLS_OFF;
	a->rewrite = REWRITE_NEVER;
	/* In parts it would get a Message-ID for each of them. */
	a->max_recipients = LIMIT_RECIPIENTS;
}

int
wayin_settings(struct settings *s, const char *config, struct outcome *o)
{
	if (!wayin_denied(config) || wayin_look(o) < 0)
		return -1;
	settings_init(s);
	s->path = mem_dup("unix:" WAYIN_SOCKET);
	s->accounts = mem_alloc(sizeof(*s->accounts));
	wayin_account(&s->accounts[0]);
	s->accounts_n = 1;
	s->fallback = s->accounts;
	s->domain = mem_dup("");
	s->relays = true;
	s->received = RECEIVED_NONE;
	s->queue.none = true;
	return 0;
}
