/* SPDX-License-Identifier: ISC */
/* "Did you mean": the nearest of some words. */
#include <ctype.h>
#include <string.h>

#include "conf/suggest.h"

#define SUGGEST_LENGTH 32u	/* longer words are not compared */

void
suggest_init(struct suggest *s, const char *word, size_t n)
{
	s->word = word;
	s->n = n;
	s->best = NULL;
	s->distance = (n + 2) / 3 + 1;	/* must be nearer than this */
}

static size_t
suggest_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Damerau and Levenshtein's distance, in three rows. */
static size_t
suggest_distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t row[3][SUGGEST_LENGTH + 1];
	size_t i, j;

	for (j = 0; j <= m; j++)
		row[0][j] = j;
	for (i = 1; i <= n; i++) {
		size_t *now = row[i % 3], *up = row[(i + 2) % 3];
		int c = tolower((unsigned char)a[i - 1]);

		now[0] = i;
		for (j = 1; j <= m; j++) {
			int d = tolower((unsigned char)b[j - 1]);

			now[j] = suggest_min(up[j - 1] + (c != d),
			    suggest_min(up[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 &&
			    c == tolower((unsigned char)b[j - 2]) &&
			    d == tolower((unsigned char)a[i - 2]))
				now[j] = suggest_min(now[j],
				    row[(i + 1) % 3][j - 2] + 1);
		}
	}
	return row[n % 3][m];
}

void
suggest_offer(struct suggest *s, const char *candidate)
{
	size_t m = strlen(candidate), d;

	if (s->n == 0 || s->n > SUGGEST_LENGTH || m > SUGGEST_LENGTH)
		return;
	d = suggest_distance(s->word, s->n, candidate, m);
	if (d < s->distance && d < m) {
		s->distance = d;
		s->best = candidate;
	}
}
