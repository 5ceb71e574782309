/* SPDX-License-Identifier: ISC */
/* The shared end of every unit test: runs a suite on Check. */
#ifndef POSTHORN_UNIT_H
#define POSTHORN_UNIT_H

#include <check.h>
#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
#define UNIT_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNIT_ASAN
#endif
#endif

/* Runs the suite (CK_FORK of the environment is honoured): 0, or 1 if a test
 * failed or none ran.  A test file ends in
 *	int main(void) { return unit_main(suite()); } */
static inline int
unit_main(Suite *s)
{
	SRunner *r = srunner_create(s);
	int bad;

	srunner_run_all(r, CK_NORMAL);
	bad = srunner_ntests_failed(r) > 0 || srunner_ntests_run(r) == 0;
	srunner_free(r);
	return bad;
}

#endif
