/* SPDX-License-Identifier: ISC */
/*
 * A library that is loaded before libc: the wall's clock is off by the seconds
 * that stand in the file beside it, "clock.so.offset", read again at every
 * question.  The clock that never jumps is not touched.
 */
#include <sys/syscall.h>
#include <sys/time.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static char path[4096];

static void __attribute__((constructor))
start(void)
{
	Dl_info me;

	if (dladdr(path, &me) != 0)
		snprintf(path, sizeof(path), "%s.offset", me.dli_fname);
}

static time_t
offset(void)
{
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return (time_t)strtoll(text, NULL, 10);
}

int
clock_gettime(clockid_t which, struct timespec *t)
{
	long r = syscall(SYS_clock_gettime, which, t);

	if (r == 0 && (which == CLOCK_REALTIME ||
	    which == CLOCK_REALTIME_COARSE))
		t->tv_sec += offset();
	return (int)r;
}

time_t
time(time_t *to)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (to != NULL)
		*to = t.tv_sec;
	return t.tv_sec;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	tv->tv_sec = t.tv_sec;
	tv->tv_usec = t.tv_nsec / 1000;
	return 0;
}
