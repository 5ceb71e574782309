/* SPDX-License-Identifier: ISC */
/* Time: the wall's, the stopwatch's, deadlines.  Settable by tests. */
#ifndef POSTHORN_CLOCK_H
#define POSTHORN_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds of a clock that never jumps; for deadlines and durations. */
int64_t	clock_ms(void);
/* A deadline `ms` milliseconds from now. */
int64_t	clock_deadline(int64_t ms);
/* Milliseconds left until the deadline, as poll(2) wants them: 0 when it has
 * passed, at most INT_MAX. */
int	clock_left(int64_t deadline);
/* Seconds since the epoch. */
time_t	clock_now(void);
/* Tests: adds seconds to what clock_now returns. */
void	clock_shift(int64_t seconds);

#endif
