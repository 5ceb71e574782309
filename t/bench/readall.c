/* SPDX-License-Identifier: ISC */
/*
 * What looking into each message costs at least: opens every file of a
 * directory and reads 4 kB of it.
 *
 *	readall DIRECTORY
 */
#include <sys/types.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	const struct dirent *e;
	char text[4096];
	unsigned long n = 0, sum = 0;
	ssize_t k;
	DIR *d;
	int fd;

	if (argc != 2 || (d = opendir(argv[1])) == NULL)
		return 1;
	while ((e = readdir(d)) != NULL) {
		if (e->d_type != DT_REG)
			continue;
		fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		k = read(fd, text, sizeof(text));
		n++;
		sum += k > 0 ? (unsigned long)k : 0;
		close(fd);
	}
	closedir(d);
	printf("%lu files, %lu octets\n", n, sum);
	return 0;
}
