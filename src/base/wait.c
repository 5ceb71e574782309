/* SPDX-License-Identifier: ISC */
/* Waiting for descriptors, with every signal let in. */
#include <signal.h>
#include <time.h>

#include "base/wait.h"

int
wait_poll(struct pollfd *p, nfds_t n, int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
	sigset_t none;

	sigemptyset(&none);
	return ppoll(p, n, ms < 0 ? NULL : &t, &none);
}
