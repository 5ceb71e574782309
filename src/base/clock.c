/* SPDX-License-Identifier: ISC */
/* Time: the wall's, the stopwatch's, deadlines. */
#include <limits.h>

#include "base/clock.h"

static int64_t clock_offset;

int64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_deadline(int64_t ms)
{
	return clock_ms() + ms;
}

int
clock_left(int64_t deadline)
{
	int64_t left = deadline - clock_ms();

	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

time_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec + (time_t)clock_offset;
}

void
clock_shift(int64_t seconds)
{
	clock_offset += seconds;
}
