/* SPDX-License-Identifier: ISC */
/* Stamps of a submission: the date and the trace field. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mail/repair.h"

#define USER_MAX	64

void
repair_date(char out[40], time_t t)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm;
	unsigned minutes;
	bool east;

	/* a year that RFC 5322 cannot write is no year */
	if (localtime_r(&t, &tm) == NULL || tm.tm_year > 8099 ||
	    tm.tm_year < 0) {
		t = 0;
		gmtime_r(&t, &tm);
	}
	east = tm.tm_gmtoff >= 0;
	minutes = (unsigned)labs(tm.tm_gmtoff / 60);
	snprintf(out, 40, "%s, %d %s %d %02d:%02d:%02d %c%02u%02u",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon],
	    tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    east ? '+' : '-', minutes / 60 % 100, minutes % 60);
}

/* A user's name inside a comment. */
static void
clean_user(char out[USER_MAX + 1], const char *user)
{
	size_t i;

	for (i = 0; i < USER_MAX && user[i] != '\0'; i++)
		out[i] = user[i] > ' ' && user[i] < 0x7f &&
		    strchr("()\\", user[i]) == NULL ? user[i] : '?';
	out[i] = '\0';
}

int
repair_received(struct buf *out, const struct repair *r)
{
	char date[40], user[USER_MAX + 1];

	if (r->received == RECEIVED_NONE)
		return 0;
	repair_date(date, r->now);
	if (r->came != NULL && r->received == RECEIVED_FULL)
		return buf_printf(out, "Received: %s\r\n\tby %s (posthorn) "
		    "with %s\r\n\tid %s; %s\r\n", r->came, r->by,
		    r->with != NULL ? r->with : "ESMTP", r->id, date);
	clean_user(user, r->user == NULL ? "" : r->user);
	if (buf_printf(out, "Received: by %s (posthorn", r->by) < 0)
		return -1;
	if (r->received == RECEIVED_FULL &&
	    (buf_printf(out, ", from uid %u", r->uid) < 0 ||
	    (*user != '\0' && buf_printf(out, " (%s)", user) < 0)))
		return -1;
	return buf_printf(out, ")\r\n\tid %s; %s\r\n", r->id, date);
}
