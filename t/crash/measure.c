/* SPDX-License-Identifier: ISC */
/*
 * Runs a command and writes what it took, its children too, into a file:
 * exit status, seconds, and the largest process's kB.
 *
 *	measure FILE COMMAND...
 *
 * A program of its own, for a process counts the memory of who started it as
 * its own.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	const double began = now();
	struct rusage u;
	int status;
	pid_t pid;
	FILE *f;

	if (argc < 3)
		return 125;
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid ||
	    getrusage(RUSAGE_CHILDREN, &u) != 0 ||
	    (f = fopen(argv[1], "w")) == NULL)
		return 125;
	fprintf(f, "%d %.6f %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status), now() - began, u.ru_maxrss);
	return fclose(f) != 0 ? 125 : 0;
}
