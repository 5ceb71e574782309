/* SPDX-License-Identifier: ISC */
/* -X FILE: a record of the dialogue with the server. */
#ifndef POSTHORN_TRAFFIC_H
#define POSTHORN_TRAFFIC_H

#include <stdbool.h>

/*
 * Appends what -v shows, each line with time and process, to the file, which
 * is made with 0600 and must be a regular one, no link; it is opened with the
 * caller's rights.  Never has the text of a message or a secret in it.
 *
 * This option has let many a web form write files, so it acts only where the
 * configuration allows it (`allowed`) and the process has no right that its
 * caller lacks (set_id); else, or when the file cannot be had, the log and -v
 * are told, and nothing fails.  path NULL: nothing is asked for.
 */
void	traffic_open(const char *path, bool allowed, bool set_id);

#endif
