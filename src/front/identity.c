/* SPDX-License-Identifier: ISC */
/* Who submits, and on which machine: never from the environment or the DNS. */
#include <sys/socket.h>

#include <ctype.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "front/identity.h"
#include "mail/address.h"

/* Where root@ would be a stranger's mailbox. */
static const char *const public_domains[] = {
	"aol.com", "bluewin.ch", "fastmail.com", "fastmail.fm", "free.fr",
	"freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de",
	"gmx.net", "googlemail.com", "hotmail.com", "hotmail.fr",
	"hotmail.co.uk", "icloud.com", "laposte.net", "libero.it", "live.com",
	"mac.com", "mail.com", "mail.ru", "mailbox.org", "me.com", "msn.com",
	"naver.com", "orange.fr", "outlook.com", "posteo.de", "proton.me",
	"protonmail.com", "qq.com", "rocketmail.com", "seznam.cz", "sfr.fr",
	"t-online.de", "tutanota.com", "wanadoo.fr", "web.de", "yahoo.com",
	"yahoo.co.jp", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yandex.com",
	"yandex.ru", "ymail.com", "zoho.com", "163.com", "126.com",
};

bool
identity_public(const char *domain)
{
	size_t i;

	for (i = 0; i < sizeof(public_domains) / sizeof(*public_domains); i++)
		if (strcasecmp(domain, public_domains[i]) == 0)
			return true;
	return false;
}

bool
identity_localhost(const char *domain)
{
	static const char *const names[] = {
		"localhost", "localhost.localdomain",
		"localhost.localdomain4", "localhost.localdomain6",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(domain, names[i]) == 0)
			return true;
	return false;
}

bool
identity_is_local(const struct identity *me, const char *domain)
{
	const char *const *name;
	size_t n;

	for (name = me->local; *name != NULL; name++) {
		n = strlen(*name);
		if (strncasecmp(domain, *name, n) == 0 &&
		    (domain[n] == '\0' || strcmp(domain + n, ".") == 0))
			return true;
	}
	return false;
}

/* GECOS: the part before the first comma, '&' being the capitalised user. */
static char *
gecos_name(const char *gecos, const char *user)
{
	struct buf b;
	char *name = NULL;

	buf_init(&b, LIMIT_PHRASE);
	for (; *gecos != '\0' && *gecos != ','; gecos++) {
		if (*gecos != '&') {
			buf_putc(&b, *gecos);
			continue;
		}
		if (buf_puts(&b, user) == 0)
			b.data[b.len - strlen(user)] = (char)
			    toupper((unsigned char)user[0]);
	}
	if (b.len > 0)
		name = mem_ndup(b.data, b.len);
	buf_free(&b);
	return name;
}

/* The user's entry, if there is one, and the name. */
static const struct passwd *
user_of(struct identity *me, uid_t uid)
{
	const struct passwd *pw = getpwuid(uid);
	char number[32];

	me->uid = uid;
	snprintf(number, sizeof(number), "uid%lu", (unsigned long)uid);
	me->user = mem_dup(pw != NULL && pw->pw_name[0] ? pw->pw_name : number);
	return pw;
}

void
identity_peer(struct identity *me, int fd)
{
	struct sockaddr_storage at = { .ss_family = AF_UNSPEC };
	socklen_t n = sizeof(at), k = sizeof(struct ucred);
	const struct passwd *pw;
	struct ucred who;

	if (getpeername(fd, (struct sockaddr *)&at, &n) != 0 ||
	    at.ss_family != AF_UNIX ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &k) != 0)
		return;
	free(me->user);
	free(me->full_name);
	pw = user_of(me, who.uid);
	me->full_name = pw != NULL ? gecos_name(pw->pw_gecos, me->user) : NULL;
}

void
identity_user(struct identity *me, const char *name)
{
	const struct passwd *pw;

	memset(me, 0, sizeof(*me));
	pw = user_of(me, getuid());
	if (pw != NULL && pw->pw_dir[0] == '/')
		me->home = mem_dup(pw->pw_dir);
	if (name != NULL)
		me->full_name = mem_dup(name);
	else if (pw != NULL)
		me->full_name = gecos_name(pw->pw_gecos, me->user);
}

/* A domain as it may go into mail, or NULL; owned by the caller. */
static char *
domain_clean(const char *text)
{
	struct outcome ignored;
	struct buf b;
	char *domain = NULL;

	buf_init(&b, LIMIT_DOMAIN);
	if (address_domain(&b, text, &ignored) == 0 && b.len > 0)
		domain = mem_ndup(b.data, b.len);
	buf_free(&b);
	return domain;
}

/* The first word of /etc/mailname, or NULL. */
static char *
mailname_read(void)
{
	struct buf b;
	char *name = NULL;
	int fd = open("/etc/mailname", O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return NULL;
	buf_init(&b, 4096);
	if (file_slurp(fd, &b) == 0) {
		b.data[strcspn(b.data, " \t\r\n")] = '\0';
		name = domain_clean(b.data);
	}
	close(fd);
	buf_free(&b);
	return name;
}

/* The first name with a dot on the line of /etc/hosts that names host. */
static char *
hosts_line(char *line, const char *host)
{
	char *save, *word, *full = NULL;
	bool ours = false;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, " \t\r", &save);	/* the address */
	while (word != NULL &&
	    (word = strtok_r(NULL, " \t\r", &save)) != NULL) {
		if (strcasecmp(word, host) == 0)
			ours = true;
		else if (full == NULL && strchr(word, '.') != NULL &&
		    !identity_localhost(word))
			full = word;
	}
	return ours && full != NULL ? domain_clean(full) : NULL;
}

static char *
hosts_find(const char *host)
{
	struct buf b;
	char *line, *save, *found = NULL;
	int fd = open("/etc/hosts", O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return NULL;
	buf_init(&b, 1 << 20);
	if (file_slurp(fd, &b) == 0)
		for (line = strtok_r(b.data, "\n", &save);
		    line != NULL && found == NULL;
		    line = strtok_r(NULL, "\n", &save))
			found = hosts_line(line, host);
	close(fd);
	buf_free(&b);
	return found;
}

/* May this complete a recipient's name?  Not where it would send root's mail
 * nowhere, or to a stranger. */
static bool
domain_qualifies(const char *domain, bool configured)
{
	size_t n = strlen(domain);

	if (strchr(domain, '.') == NULL || identity_localhost(domain))
		return false;
	if ((n > 6 && strcasecmp(domain + n - 6, ".local") == 0) ||
	    (n > 12 && strcasecmp(domain + n - 12, ".localdomain") == 0))
		return false;
	return configured || !identity_public(domain);
}

/* Is the mailname our own name with some domain, and no name of others? */
static bool
identity_ours(const struct identity *me)
{
	size_t n = me->short_host != NULL ? strlen(me->short_host) : 0;

	return n > 0 && me->mailname != NULL &&
	    strncasecmp(me->mailname, me->short_host, n) == 0 &&
	    me->mailname[n] == '.';
}

static void
identity_local(struct identity *me)
{
	const char **to = me->local;

	*to++ = "localhost";
	*to++ = "localhost.localdomain";
	if (me->short_host != NULL)
		*to++ = me->short_host;
	if (me->host != NULL)
		*to++ = me->host;
	if (identity_ours(me))
		*to++ = me->mailname;
	*to = NULL;
}

/* What the system calls this machine; a full name that every machine could
 * have is none. */
static void
identity_name(struct identity *me, char *name)
{
	me->host = strchr(name, '.') != NULL ? domain_clean(name) :
	    hosts_find(name);
	name[strcspn(name, ".")] = '\0';
	me->short_host = domain_clean(name);
	if (me->host == NULL || !identity_localhost(me->host))
		return;
	free(me->host);
	me->host = NULL;
}

/* Nothing of ours goes under a provider's domain that only /etc/mailname
 * names; recipients are not completed then at all. */
static void
identity_settle(struct identity *me, const char *configured)
{
	bool stranger = configured == NULL && me->mailname != NULL &&
	    identity_public(me->mailname);

	me->domain = mem_dup(configured != NULL ? configured :
	    me->mailname != NULL && !stranger ? me->mailname :
	    me->host != NULL ? me->host :
	    me->short_host != NULL ? me->short_host : "localhost");
	me->qualifies = !stranger && (*me->domain == '\0' ||
	    domain_qualifies(me->domain, configured != NULL));
	identity_local(me);
}

void
identity_host(struct identity *me, const char *configured)
{
	char name[300];

	if (gethostname(name, sizeof(name)) < 0)
		name[0] = '\0';
	name[sizeof(name) - 1] = '\0';
	identity_name(me, name);
	me->mailname = mailname_read();
	identity_settle(me, configured);
	snprintf(name, sizeof(name), "MAILER-DAEMON@%.255s",
	    me->host != NULL ? me->host : me->domain);
	me->daemon = mem_dup(name);
}

int
identity_unqualified(const struct identity *me, const char *name,
    struct outcome *o)
{
	outcome_fail(o, FAULT_CONFIG, STAGE_CONFIG,
	    "recipient \"%s\" has no domain, and \"%s\" cannot complete it",
	    name, me->mailname != NULL && identity_public(me->mailname) ?
	    me->mailname : me->domain);
	return outcome_advise(o, "set domain = \"example.org\" in "
	    "posthorn.conf to the domain where this machine's users get mail");
}

char *
identity_path(const struct identity *me, const char *xdg,
    const char *otherwise, const char *name)
{
	char path[4096];
	int n;

	if (xdg != NULL && xdg[0] == '/')
		n = snprintf(path, sizeof(path), "%s/%s", xdg, name);
	else if (me->home != NULL)
		n = snprintf(path, sizeof(path), "%s/%s/%s", me->home,
		    otherwise, name);
	else
		return NULL;
	return n > 0 && (size_t)n < sizeof(path) ? mem_dup(path) : NULL;
}

void
identity_free(struct identity *me)
{
	free(me->user);
	free(me->home);
	free(me->full_name);
	free(me->host);
	free(me->domain);
	free(me->short_host);
	free(me->mailname);
	free(me->daemon);
}
