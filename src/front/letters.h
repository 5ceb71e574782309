/* SPDX-License-Identifier: ISC */
/* The options behind -o (letters) and -O (names), and the values that plain
 * flags share with them. */
#ifndef POSTHORN_LETTERS_H
#define POSTHORN_LETTERS_H

#include "front/command.h"

/* -o with what is attached to it ("em", "i", "Mr"); next is the word behind
 * it or NULL.  1 if that belongs to it and was used up, else 0: nothing here
 * ever fails a call. */
int	letters_short(struct options *op, const char *text, const char *next);
/* -O Name=value. */
void	letters_long(struct options *op, const char *text);
/* -e: the error mode. */
void	letters_errors(struct options *op, const char *value);

#endif
