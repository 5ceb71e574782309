/* SPDX-License-Identifier: ISC */
/* The configuration file, read: libconfuse's tables become plain settings. */
#ifndef POSTHORN_SETTINGS_H
#define POSTHORN_SETTINGS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/outcome.h"
#include "conf/account.h"

struct log_settings {
	bool	 syslog;
	int	 facility;
	char	*file;		/* or NULL */
	bool	 json;
};

enum deliver_how {
	DELIVER_NOW,		/* try first, queue on delay */
	DELIVER_BACKGROUND,	/* queue, then a child delivers */
	DELIVER_QUEUED		/* queue only */
};

struct queue_settings {
	char		*directory;	/* absolute; NULL: the default place */
	bool		 none;		/* directory = "none": no queue */
	enum deliver_how deliver;
	int64_t		 patience;	/* milliseconds; 0: no end */
	bool		 external;	/* runner = "external" */
	/* Seconds: */
	int64_t		 min_retry, max_retry;
	int64_t		 warn_after;	/* 0: no delay notice */
	int64_t		 expire;	/* 0: never */
	int64_t		 max_hold;	/* 0: for ever */
	int64_t		 keep_failed;	/* 0: for ever */
	char		*bounce_to;	/* wire form; NULL: the sender */
	unsigned	 connections;	/* sessions side by side, 1 to 64 */
	uint64_t	 max_size;	/* octets in the queue; 0: no limit */
	uint64_t	 min_free;	/* octets left on its file system, */
	unsigned	 min_free_percent; /* or percent of it; 0: unset */
};

/* A file as it was when it was read. */
struct settings_file {
	char		*path;		/* absolute */
	dev_t		 dev;		/* all 0: it came from memory */
	ino_t		 ino;
	off_t		 size;
	struct timespec	 mtime;
};

struct settings {
	char		*path;		/* absolute path of the file */
	struct settings_file *files;	/* all that were read: it, and what it
					 * includes, in that order */
	size_t		 files_n;
	struct account	*accounts;	/* at least one */
	size_t		 accounts_n;
	const struct account *fallback;	/* default-account, or the first */
	char		*domain;	/* or NULL: not configured */
	uint64_t	 max_message_size;	/* 0: none */
	enum received	 received;
	char		*aliases;	/* aliases(5), absolute; NULL: not
					 * configured */
	bool		 traffic_log;	/* -X acts */
	bool		 relays;	/* another posthorn edits the header;
					 * only Bcc is taken out here.  domain
					 * is "" then */
	struct log_settings log;
	struct queue_settings queue;
};

/*
 * Reads and checks the file behind path (and what it includes).  A path that
 * the caller chose must be opened with the caller's rights: that is the
 * caller's business, before this.  set_id: the process has rights its caller
 * lacks, so ${VAR} and credential are refused.  Fails FAULT_CONFIG, the text
 * naming file and line, what was found and what is allowed.  On success the
 * caller owns *s.
 */
int	settings_load(struct settings *s, const char *path, bool set_id,
	    struct outcome *o);
/* The same from n octets of text, as if the file `name` (an absolute path)
 * held them; its rights are not asked. */
int	settings_parse(struct settings *s, const char *text, size_t n,
	    const char *name, bool set_id, struct outcome *o);
/* Every default; no account yet. */
void	settings_init(struct settings *s);
/* The file that applies when none is named: home_file (of the user's
 * configuration directory; NULL: none) if it exists, belongs to uid or root,
 * is not writable by others and uid is 0 or at least 1000; else system_file.
 * Returns one of the two. */
const char	*settings_choose(const char *home_file,
	    const char *system_file, uid_t uid);
void	settings_free(struct settings *s);

#endif
