/* SPDX-License-Identifier: ISC */
/* -X FILE: a record of the dialogue with the server. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "front/privilege.h"
#include "front/traffic.h"

/* A pipe without a reader would be waited for, were it not for O_NONBLOCK. */
static int
traffic_file(const char *path)
{
	int fd = privilege_open_as_caller(path, O_WRONLY | O_APPEND | O_CREAT |
	    O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

void
traffic_open(const char *path, bool allowed, bool set_id)
{
	const char *why = set_id ? "not with rights that the caller lacks" :
	    !allowed ? "traffic-log is not set" : NULL;
	int fd = -1;

	if (path == NULL)
		return;
	if (why == NULL) {
		fd = traffic_file(path);
		why = fd >= 0 ? NULL : errno == EINVAL ?
		    "it is no regular file" : strerror(errno);
	}
	if (why != NULL) {
		log_note(LOG_NOTICE, "-X %s: ignored: %s", path, why);
		log_remark("-X %s: ignored: %s", path, why);
	} else
		log_traffic(fd);
}
