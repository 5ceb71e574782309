/* SPDX-License-Identifier: ISC */
/* Every key of the configuration file, in one table. */
#ifndef POSTHORN_KEYS_H
#define POSTHORN_KEYS_H

#include <stdbool.h>
#include <stddef.h>

enum section {
	SECTION_TOP,
	SECTION_ACCOUNT,
	SECTION_LOG,
	SECTION_QUEUE
};
#define SECTIONS 4

enum kind {
	KIND_TEXT,		/* char * */
	KIND_SECRET,		/* char *, never quoted */
	KIND_PATH,		/* char *, absolute */
	KIND_URI,		/* char *, absolute path or pkcs11: */
	KIND_LIST,		/* char ** */
	KIND_COMMAND,		/* char **, argv */
	KIND_BOOL,
	KIND_DURATION,		/* int64_t, milliseconds */
	KIND_PATIENCE,		/* the same, or 0 */
	KIND_WAIT,		/* int64_t, seconds */
	KIND_LIMIT,		/* the same, or 0 */
	KIND_SIZE,		/* uint64_t */
	KIND_RECIPIENTS,	/* unsigned */
	KIND_WORD,		/* int, one of the words */
	KIND_FLAG,		/* bool, one of two words */
	KIND_FALSE,		/* false; true is not built */
	KIND_FALLBACK,
	KIND_DOMAIN,		/* char *, A-labels */
	KIND_NAME,		/* char *, host name */
	KIND_ADDRESS,		/* char *, IPv4 or IPv6 */
	KIND_HOSTS,
	KIND_PORT,
	KIND_AUTH,
	KIND_FROM,
	KIND_INHERIT,
	KIND_PINS,		/* char ** */
	KIND_CREDENTIAL,	/* char * */
	KIND_DIRECTORY,
	KIND_MAILBOX,		/* char *, wire form */
	KIND_CONNECTIONS,	/* unsigned */
	KIND_FREE,
	KIND_SECTION,
	KIND_INCLUDE,
	KIND_UNBUILT		/* known, but not in this version */
};
#define KINDS (KIND_UNBUILT + 1)

/* One word a key can have; a negative value is not built. */
struct word {
	const char	*word;
	int		 value;
};

#define NOWHERE ((size_t)-1)

struct key {
	enum section	 section;	/* where it stands */
	const char	*name;
	enum kind	 kind;
	size_t		 at;		/* offset in struct account, or in
					 * struct settings; NOWHERE: checked
					 * only */
	const struct word *words;	/* ended by a NULL word */
	bool		 list;		/* takes { "a", "b" } */
	enum section	 opens;		/* of a KIND_SECTION */
};

/* The table, KEYS rows. */
#define KEYS 67
extern const struct key keys[KEYS];
/* The row of that name in the section, or NULL. */
const struct key	*keys_find(enum section section, const char *name,
	    size_t n);
/* The same by a name that is known to exist: its index. */
size_t	keys_index(enum section section, const char *name);
/* The row of that name anywhere, or NULL. */
const struct key	*keys_anywhere(const char *name, size_t n);
/* The name in that section which is nearest to a mistyped one, or NULL. */
const char	*keys_nearest(enum section section, const char *name,
	    size_t n);
/* "account", "log" ...; "" for the top level. */
const char	*keys_section(enum section section);

#endif
