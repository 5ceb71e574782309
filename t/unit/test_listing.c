/* SPDX-License-Identifier: ISC */
/* Times, sizes, text and JSON as they are shown; messages in three forms. */
#include "front/human.h"
#include "front/json.h"
#include "front/listing.h"
#include "queued.h"

static char text[8192];

/* What is written to the stream since it was opened. */
static FILE *
begin(void)
{
	FILE *f = tmpfile();

	ck_assert_ptr_nonnull(f);
	return f;
}

static const char *
end(FILE *f)
{
	size_t n;

	rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

START_TEST(spans)
{
	static const struct {
		int64_t		 seconds;
		const char	*words;
	} rows[] = {
		{ -5, "0 s" }, { 0, "0 s" }, { 40, "40 s" }, { 119, "119 s" },
		{ 120, "2 min" }, { 7199, "119 min" }, { 7200, "2 h" },
		{ 172799, "47 h" }, { 172800, "2 days" },
		{ 30 * 86400, "30 days" },
		{ INT64_MAX, "106751991167300 days" },
	};
	char out[HUMAN_MAX];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		human_span(out, rows[i].seconds);
		ck_assert_str_eq(out, rows[i].words);
	}
	human_ago(out, 1000, 1180);
	ck_assert_str_eq(out, "3 min ago");
	human_ago(out, 1000, 1000);
	ck_assert_str_eq(out, "just now");
	human_ago(out, 1001, 1000);
	ck_assert_str_eq(out, "just now");
	human_ago(out, INT64_MIN, INT64_MAX);
	ck_assert_str_eq(out, "106751991167300 days ago");
	human_until(out, 1040, 1000);
	ck_assert_str_eq(out, "in 40 s");
	human_until(out, 1000, 1000);
	ck_assert_str_eq(out, "now");
	human_until(out, INT64_MIN, INT64_MAX);
	ck_assert_str_eq(out, "now");
	human_until(out, INT64_MAX, INT64_MIN);
	ck_assert_str_eq(out, "in 106751991167300 days");
}
END_TEST

START_TEST(sizes)
{
	static const struct {
		uint64_t	 octets;
		const char	*words;
	} rows[] = {
		{ 0, "0 B" }, { 999, "999 B" }, { 1000, "1.0 kB" },
		{ 2100, "2.1 kB" }, { 9999, "9.9 kB" }, { 10000, "10 kB" },
		{ 999999, "999 kB" }, { 1000000, "1.0 MB" },
		{ 34567890, "34 MB" }, { 1500000000, "1.5 GB" },
		{ UINT64_MAX, "18 EB" },
	};
	char out[HUMAN_MAX];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		human_size(out, rows[i].octets);
		ck_assert_str_eq(out, rows[i].words);
	}
}
END_TEST

static const char *
cut(const char *s, size_t width)
{
	FILE *f = begin();

	human_text(f, s, width);
	return end(f);
}

START_TEST(texts)
{
	char *longer = mem_alloc(100001);

	ck_assert_str_eq(cut("", 5), "");
	ck_assert_str_eq(cut("abcde", 5), "abcde");
	ck_assert_str_eq(cut("abcdef", 5), "ab...");
	ck_assert_str_eq(cut("abcdef", 2), "...");
	/* Characters are counted, and never cut in two. */
	ck_assert_str_eq(cut("\xc3\xa4\xc3\xb6\xc3\xbc", 3),
	    "\xc3\xa4\xc3\xb6\xc3\xbc");
	ck_assert_str_eq(cut("\xc3\xa4\xc3\xb6\xc3\xbc" "ab", 4),
	    "\xc3\xa4...");
	ck_assert_str_eq(cut("a\x1b[2J\tb\nc\x7f\xff" "d", SIZE_MAX),
	    "a?[2J b c??d");
	memset(longer, 'x', 100000);
	ck_assert_uint_le(strlen(cut(longer, SIZE_MAX)), 4096);
	ck_assert_uint_eq(human_width("\xe2\x82\xac" "uro"), 4);
	free(longer);
}
END_TEST

START_TEST(json)
{
	FILE *f = begin();
	struct json j = { f, false };

	json_open(&j, NULL);
	json_string(&j, "a", "x\"\\/\n\x01\x7f");
	json_string(&j, "b", NULL);
	json_number(&j, "c", INT64_MIN);
	json_flag(&j, "d", true);
	json_time(&j, "e", 0);
	json_time(&j, "f", 7);
	json_list(&j, "g");
	json_open(&j, NULL);
	json_close(&j);
	json_open(&j, NULL);
	json_string(&j, "h", "");
	json_close(&j);
	json_list_end(&j);
	json_list(&j, "i");
	json_list_end(&j);
	json_open(&j, "k");
	json_flag(&j, "l", false);
	json_close(&j);
	json_string(&j, "m", "\xc3\xa4\xff\xe2\x82" "x\xf0\x9f\x98\x80");
	json_close(&j);
	ck_assert_str_eq(end(f), "{\"a\":\"x\\\"\\\\/\\u000a\\u0001\\u007f\","
	    "\"b\":null,\"c\":-9223372036854775808,\"d\":true,\"e\":null,"
	    "\"f\":7,\"g\":[{},{\"h\":\"\"}],\"i\":[],\"k\":{\"l\":false},"
	    "\"m\":\"\xc3\xa4\\ufffd\\ufffd\\ufffdx\xf0\x9f\x98\x80\"}");
}
END_TEST

/* ---- Messages ---------------------------------------------------------- */

static struct entry e;
static struct listing l;
static struct listed m;

static void
setup(void)
{
	struct outcome o;

	entry_init(&e);
	memcpy(e.id, "0123456789abcdef", ENTRY_ID);
	e.config = mem_dup("/c");
	e.account = mem_dup("main");
	e.message.length = 2100;
	e.retry.arrived = 1000000000;
	e.retry.attempts = 2;
	envelope_sender(&e.envelope, "joe@example.org");
	envelope_add(&e.envelope, "ann@example.org", &o);
	envelope_add(&e.envelope, "bob@example.org", &o);
	envelope_add(&e.envelope, "cy@example.org", &o);
	memset(&l, 0, sizeof(l));
	l.now = 1000000180;
	l.width = 80;
	m = (struct listed){ .id = e.id, .uid = 1001, .where = STORE_ACTIVE,
		.e = &e, .next = l.now + 40, .reason = "busy\there" };
}

static void
teardown(void)
{
	entry_free(&e);
}

static const char *
show(enum listing_form form)
{
	l.form = form;
	l.out = begin();
	l.begun = false;
	listing_show(&l, &m);
	return end(l.out);
}

static void
settle(size_t i, enum verdict v, const char *words)
{
	struct outcome o;

	outcome_fail(&o, FAULT_REFUSED, STAGE_RCPT, "%s", words);
	o.verdict = v;
	envelope_settle(&e.envelope, i, &o);
	if (v == VERDICT_LATER)
		envelope_reopen(&e.envelope, i);
}

START_TEST(lines)
{
	ck_assert_str_eq(show(LISTING_LINES), "0123456789abcdef\tactive\t1001"
	    "\t2001-09-09T01:46:40Z\t2001-09-09T01:50:20Z\t2\t2100\t"
	    "joe@example.org\tann@example.org\t3\tbusy here\n");
	settle(0, VERDICT_DELIVERED, "");
	envelope_sender(&e.envelope, "");
	m.busy = true;
	m.next = 0;
	m.reason = NULL;
	ck_assert_str_eq(show(LISTING_LINES), "0123456789abcdef\tbusy\t1001"
	    "\t2001-09-09T01:46:40Z\t-\t2\t2100\t<>\tbob@example.org\t2\t-\n");
	m.busy = false;
	m.where = STORE_HOLD;
	m.next = 5;
	ck_assert_ptr_nonnull(strstr(show(LISTING_LINES),
	    "\thold\t1001\t2001-09-09T01:46:40Z\t-\t"));
	m.where = STORE_FAILED;
	m.e = NULL;
	m.reason = "is damaged";
	ck_assert_str_eq(show(LISTING_LINES), "0123456789abcdef\tunreadable\t"
	    "1001\t-\t-\t-\t-\t-\t-\t-\tis damaged\n");
}
END_TEST

START_TEST(lines_verbose)
{
	settle(0, VERDICT_DELIVERED, "");
	settle(1, VERDICT_NEVER, "no such user");
	settle(2, VERDICT_LATER, "later,\nplease");
	l.verbose = true;
	ck_assert_ptr_nonnull(strstr(show(LISTING_LINES),
	    "\tcy@example.org\t1\tbusy here\n"
	    "\tann@example.org\tdelivered\t-\n"
	    "\tbob@example.org\trefused\tno such user\n"
	    "\tcy@example.org\twaiting\tlater, please\n"));
	m.where = STORE_FAILED;
	ck_assert_ptr_nonnull(strstr(show(LISTING_LINES),
	    "\tbob@example.org\trefused\tno such user\n"
	    "\tcy@example.org\tfailed\tlater, please\n"));
}
END_TEST

/* Times that are none, or far away, leave a line that can be read. */
START_TEST(odd_times)
{
	static const time_t times[] = {
		INT64_MIN, INT64_MAX, -1, 253402300800,
	};
	size_t i, n;
	const char *p;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		e.retry.arrived = m.next = times[i];
		for (n = 0, p = show(LISTING_LINES); *p != '\0'; p++)
			n += *p == '\t';
		ck_assert_uint_eq(n, 10);
		ck_assert_ptr_nonnull(strstr(text, "\t1001\t-\t-\t2\t"));
		show(LISTING_TABLE);
		show(LISTING_JSON);
	}
}
END_TEST

START_TEST(table)
{
	ck_assert_str_eq(show(LISTING_TABLE),
	    "ID                    AGE    SIZE   NEXT TRY  FROM > TO\n"
	    "0123456789abcdef    3 min  2.1 kB    in 40 s  "
	    "joe@example... > ann@example... +2\n"
	    "    busy here\n");
	l.width = 200;
	m.busy = e.doubtful = true;
	m.next = 0;
	ck_assert_ptr_nonnull(strstr(show(LISTING_TABLE), "kB          -  "));
	m.next = 1;
	ck_assert_str_eq(show(LISTING_TABLE),
	    "ID                    AGE    SIZE   NEXT TRY  FROM > TO\n"
	    "0123456789abcdef*   3 min  2.1 kB        now  "
	    "joe@example.org > ann@example.org +2\n"
	    "    it may have arrived already\n"
	    "    busy here\n");
	m.where = STORE_HOLD;
	ck_assert_ptr_nonnull(strstr(show(LISTING_TABLE),
	    "FROM > TO\nOn hold:\n0123"));
	ck_assert_ptr_nonnull(strstr(text, "          -  joe"));
	m.where = STORE_FAILED;
	m.e = NULL;
	ck_assert_ptr_nonnull(strstr(show(LISTING_TABLE), "returned:\n"
	    "0123456789abcdef\n    busy here\n"));
}
END_TEST

/* No line is longer than the terminal is wide. */
START_TEST(table_width)
{
	static const char *const addresses[] = {
		"a@b", "somebody.with.a.long.name@a.domain.that.is.long.too",
	};
	struct outcome o;
	size_t i, k, width;
	char *line;

	for (i = 0; i < 4; i++)
		for (width = 72; width < 140; width++) {
			envelope_free(&e.envelope);
			envelope_init(&e.envelope);
			envelope_sender(&e.envelope, addresses[i & 1]);
			envelope_add(&e.envelope, addresses[i / 2], &o);
			for (k = 0; k < 12; k++)
				envelope_add(&e.envelope, addresses[i & 1], &o);
			m.reason = "a rather long explanation of why this "
			    "message has not been taken by anybody so far, "
			    "and so on, and so on, and so on";
			l.width = width;
			show(LISTING_TABLE);
			for (line = strtok(text, "\n"); line != NULL;
			    line = strtok(NULL, "\n"))
				ck_assert_uint_le(human_width(line), width);
		}
}
END_TEST

START_TEST(objects)
{
	settle(1, VERDICT_NEVER, "no");
	e.envelope.rcpt[1].code = 550;
	e.envelope.rcpt[1].enhanced[0] = 5;
	e.doubtful = true;
	ck_assert_str_eq(show(LISTING_JSON),
	    "{\"id\":\"0123456789abcdef\",\"folder\":\"active\",\"uid\":1001,"
	    "\"readable\":true,\"arrived\":1000000000,\"next\":1000000220,"
	    "\"last\":null,\"attempts\":2,\"size\":2100,"
	    "\"from\":\"joe@example.org\",\"recipients\":["
	    "{\"address\":\"ann@example.org\",\"state\":\"waiting\","
	    "\"words\":null,\"code\":0,\"enhanced\":null},"
	    "{\"address\":\"bob@example.org\",\"state\":\"refused\","
	    "\"words\":\"no\",\"code\":550,\"enhanced\":\"5.0.0\"},"
	    "{\"address\":\"cy@example.org\",\"state\":\"waiting\","
	    "\"words\":null,\"code\":0,\"enhanced\":null}],"
	    "\"account\":\"main\",\"config\":\"/c\",\"doubtful\":true,"
	    "\"reason\":\"busy\\u0009here\",\"busy\":false,\"held\":false,"
	    "\"failed\":false}\n");
	m.e = NULL;
	m.where = STORE_FAILED;
	ck_assert_str_eq(show(LISTING_JSON),
	    "{\"id\":\"0123456789abcdef\",\"folder\":\"failed\",\"uid\":1001,"
	    "\"readable\":false,\"reason\":\"busy\\u0009here\",\"busy\":false,"
	    "\"held\":false,\"failed\":true}\n");
}
END_TEST

/* Who is named when there is room for one. */
START_TEST(first)
{
	struct envelope none;

	ck_assert_str_eq(listing_first(&e.envelope)->address,
	    "ann@example.org");
	settle(0, VERDICT_NEVER, "no");
	settle(1, VERDICT_DELIVERED, "");
	ck_assert_str_eq(listing_first(&e.envelope)->address,
	    "cy@example.org");
	settle(2, VERDICT_NEVER, "no");
	ck_assert_str_eq(listing_first(&e.envelope)->address,
	    "ann@example.org");
	settle(0, VERDICT_DELIVERED, "");
	settle(2, VERDICT_DELIVERED, "");
	ck_assert_str_eq(listing_first(&e.envelope)->address,
	    "ann@example.org");
	envelope_init(&none);
	ck_assert_ptr_null(listing_first(&none));
	envelope_free(&none);
}
END_TEST

static Suite *
suite(void)
{
	Suite *x = suite_create("listing");
	TCase *t = tcase_create("words");

	tcase_add_test(t, spans);
	tcase_add_test(t, sizes);
	tcase_add_test(t, texts);
	tcase_add_test(t, json);
	suite_add_tcase(x, t);
	t = tcase_create("messages");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, lines);
	tcase_add_test(t, lines_verbose);
	tcase_add_test(t, odd_times);
	tcase_add_test(t, table);
	tcase_add_test(t, table_width);
	tcase_add_test(t, objects);
	tcase_add_test(t, first);
	suite_add_tcase(x, t);
	return x;
}

int
main(void)
{
	return unit_main(suite());
}
