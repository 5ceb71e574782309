/* SPDX-License-Identifier: ISC */
/*
 * The content of a MIME part made 7-bit and short-lined, a stretch at a time
 * (RFC 2045 sections 6.7 and 6.8).  Content comes in wire form: every CR has
 * its LF and the other way round.  What comes out has lines of at most 76
 * octets (998 for ENCODE_ROUGH) and none that could be taken for a boundary
 * delimiter that was none before.  Nothing grows.
 */
#ifndef POSTHORN_ENCODE_H
#define POSTHORN_ENCODE_H

#include <stdbool.h>
#include <stddef.h>

enum encode_how {
	ENCODE_QUOTED,		/* quoted-printable; line ends stay line ends */
	ENCODE_BASE64,
	ENCODE_REQUOTED,	/* of quoted-printable: soft line breaks, and
				 * what may not stand there as =XX */
	ENCODE_REWRAPPED,	/* of base64: other lines; what is not base64
				 * and no decoder sees goes */
	ENCODE_ROUGH		/* of what nobody reads: octets over 127
				 * become '?' (if seven), long lines go on in
				 * a line that begins with a blank (if
				 * lines) */
};

struct encode {
	enum encode_how	 how;
	bool		 seven, lines;	/* for ENCODE_ROUGH */
	bool		 soft;		/* this line goes on with the last */
	size_t		 column;
	char		 held[68];	/* octets not understood yet */
	size_t		 n_held;
	char		*to;
};

/* The octets that n can become at most, with what was held. */
#define ENCODE_ROOM(n)	(4 * (n) + 512)

void	encode_begin(struct encode *e, enum encode_how how);
/* Encodes n octets of p into out, which has ENCODE_ROOM(n); returns the
 * octets put out. */
size_t	encode_run(struct encode *e, const char *p, size_t n, char *out);
/* The same for what is held, at the end of the content.  `line`: nothing
 * follows that would end the last line (of base64), so it is ended here. */
size_t	encode_end(struct encode *e, bool line, char *out);
/* How many of n octets quoted-printable writes as =XX, blanks at the end of
 * lines not counted. */
size_t	encode_escapes(const char *p, size_t n);

#endif
