/* SPDX-License-Identifier: ISC */
/* Times and sizes as people read them. */
#ifndef POSTHORN_HUMAN_H
#define POSTHORN_HUMAN_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define HUMAN_MAX	32

/* Seconds from then to now; none where the clock was set back. */
int64_t	human_since(time_t then, time_t now);
/* A length of time: "40 s", "3 min", "2 h", "2 days"; negative is none. */
void	human_span(char out[HUMAN_MAX], int64_t seconds);
/* "3 min ago"; "just now" below a second, and where the clock was set back. */
void	human_ago(char out[HUMAN_MAX], time_t then, time_t now);
/* "in 40 s"; "now" when it is over. */
void	human_until(char out[HUMAN_MAX], time_t then, time_t now);
/* "900 B", "2.1 kB", "34 MB": powers of 1000. */
void	human_size(char out[HUMAN_MAX], uint64_t octets);
/* Text from outside on a line of its own, at most `width` characters and an
 * ellipsis instead of the last one: what is not printable becomes '?'. */
void	human_text(FILE *out, const char *text, size_t width);
/* How many characters human_text would write without a limit. */
size_t	human_width(const char *text);

#endif
