/* SPDX-License-Identifier: ISC */
/* Settings: their defaults, their end, and which file they come from. */
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "conf/settings.h"

#define UID_FIRST_PERSON 1000	/* below: services, whose home is no place
				 * to decide anything */

void
settings_init(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	s->received = RECEIVED_FULL;
	s->log.syslog = true;
	s->log.facility = LOG_MAIL;
	s->queue.patience = 10 * 1000;
	s->queue.min_retry = 60;
	s->queue.max_retry = 60 * 60;
	s->queue.warn_after = 4 * 60 * 60;
	s->queue.expire = 5 * 24 * 60 * 60;
	s->queue.max_hold = 30 * 24 * 60 * 60;
	s->queue.keep_failed = 30 * 24 * 60 * 60;
	s->queue.connections = 4;
	s->queue.min_free_percent = 5;
}

void
settings_free(struct settings *s)
{
	size_t i;

	for (i = 0; i < s->accounts_n; i++)
		account_free(&s->accounts[i]);
	free(s->accounts);
	for (i = 0; i < s->files_n; i++)
		free(s->files[i].path);
	free(s->files);
	free(s->path);
	free(s->domain);
	free(s->aliases);
	free(s->log.file);
	free(s->queue.directory);
	free(s->queue.bounce_to);
	memset(s, 0, sizeof(*s));
}

const char *
settings_choose(const char *home_file, const char *system_file, uid_t uid)
{
	struct stat st;

	if (home_file == NULL || (uid != 0 && uid < UID_FIRST_PERSON) ||
	    stat(home_file, &st) != 0)
		return system_file;
	if ((st.st_uid != uid && st.st_uid != 0) || (st.st_mode & 002) != 0)
		return system_file;
	return home_file;
}
