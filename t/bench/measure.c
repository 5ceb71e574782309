/* SPDX-License-Identifier: ISC */
/*
 * Runs a program, its output thrown away, and prints how many seconds it took
 * and how many kB it had at most.  It is small itself, for what a process has
 * before it becomes another program counts too.
 *
 *	measure PROGRAM [ARGUMENT ...]
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct timespec begin, end;
	struct rusage usage;
	int status, fd;
	pid_t pid;

	if (argc < 2)
		return 64;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	pid = fork();
	if (pid == 0) {
		fd = open("/dev/null", O_RDWR);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execv(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 71;
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.3f %ld\n", (double)(end.tv_sec - begin.tv_sec) +
	    (double)(end.tv_nsec - begin.tv_nsec) / 1e9, usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
