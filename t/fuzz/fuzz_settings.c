/* SPDX-License-Identifier: ISC */
/* Any text as a configuration: taken whole, or refused with words. */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "conf/settings.h"
#include "conf/value.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_account(const struct account *a)
{
	size_t i;

	assert(a->name != NULL && *a->name != '\0');
	assert(a->hosts_n > 0 && a->hosts_n <= LIMIT_HOSTS);
	for (i = 0; i < a->hosts_n; i++) {
		assert(!value_has_control(a->hosts[i].name));
		assert(a->hosts[i].is_unix || a->hosts[i].port > 0);
	}
	assert(a->secret.password == NULL || a->user != NULL);
	assert(a->tls_key == NULL || a->tls_certificate != NULL);
	assert(a->connect_timeout >= 1000 && a->timeout >= 1000 &&
	    a->final_timeout >= 1000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct settings s;
	struct outcome o;
	size_t i;
	bool set_id = n > 0 && data[0] == '!';

	outcome_clear(&o);
	if (n > LIMIT_CONFIG)
		return 0;
	if (settings_parse(&s, (const char *)data + set_id, n - set_id,
	    "/nonexistent/fuzz.conf", set_id, &o) != 0) {
		assert(o.fault == FAULT_CONFIG && o.text[0] == '/');
		assert(s.accounts == NULL);
		return 0;
	}
	assert(s.accounts_n > 0);
	assert(s.fallback >= s.accounts &&
	    s.fallback < s.accounts + s.accounts_n);
	for (i = 0; i < s.accounts_n; i++)
		check_account(&s.accounts[i]);
	settings_free(&s);
	return 0;
}
