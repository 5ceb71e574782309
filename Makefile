# posthorn: all rules; configure only finds things out (config.mk, config.h).
#
#	make			the program, build/posthorn
#	make check		unit and end-to-end tests, corpora replayed
#	make install		DESTDIR, prefix, sysconfdir, localstatedir
#	make install-setgid	the same for all users of the machine
#	make lint		floors, sizes, cppcheck, shellcheck, mandoc
#	make dist		the same archive for the same commit
#
# B is the build folder, SANITIZE=1 builds with ASan and UBSan, WERROR=1
# makes warnings errors.

B = build$(if $(SANITIZE),-asan)

# What only cleans has no need to know the system.
ifneq ($(filter-out clean distclean format-check,$(or $(MAKECMDGOALS),all)),)
-include config.mk
endif

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla \
	-Wimplicit-fallthrough -Wconversion $(if $(WERROR),-Werror)
HARDEN = -fstack-protector-strong -fPIE
FORTIFY = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
LDHARDEN = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
SAN = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -g -O1
PATHS = -DSYSCONFDIR='"$(sysconfdir)"' -DLOCALSTATEDIR='"$(localstatedir)"' \
	-DRUNSTATEDIR='"$(runstatedir)"'
BASE_CPPFLAGS = -Isrc -I. -D_GNU_SOURCE -DHAVE_CONFIG_H $(PATHS) \
	$(GNUTLS_CFLAGS) $(CONFUSE_CFLAGS) $(CPPFLAGS)

ALL_CPPFLAGS = $(BASE_CPPFLAGS) $(if $(SANITIZE),,$(FORTIFY))
ALL_CFLAGS = -std=c17 $(CFLAGS) $(WARN) $(HARDEN) $(if $(SANITIZE),$(SAN)) \
	-MMD -MP
ALL_LDFLAGS = $(LDHARDEN) $(if $(SANITIZE),$(SAN)) $(LDFLAGS)
LIBS = $(CONFUSE_LIBS) $(GNUTLS_LIBS)

SRC = $(sort $(wildcard src/*/*.c))
OBJ = $(SRC:src/%.c=$(B)/%.o)
UNITS = $(sort $(wildcard t/unit/test_*.c))
UNIT_BIN = $(UNITS:t/unit/%.c=$(B)/t/%)

all: $(B)/posthorn

# A second time it remembers how it was called.
QUIET = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),-q)
config.mk: configure etc/config.mk.in etc/config.h.in
	@if test -x config.status && test -z "$(CONFIGURE_ARGS)"; then \
	    ./config.status $(QUIET) --recheck && ./config.status $(QUIET); \
	else ./configure $(QUIET) $(CONFIGURE_ARGS); fi && touch $@
config.h: config.mk ;
configure: configure.ac
	autoconf
	@touch $@

$(B)/posthorn: $(B)/main.o $(B)/libposthorn.a
	$(CC) $(ALL_LDFLAGS) -o $@ $(B)/main.o $(B)/libposthorn.a $(LIBS)
# q, for r would keep one of two files of the same name.
$(B)/libposthorn.a: $(OBJ)
	@rm -f $@
	$(AR) qcs $@ $(OBJ)
$(B)/%.o: src/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# Another compiler, option or path: everything is built again.
FLAGS = $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS)
$(B)/flags: config.mk FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS))' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# ---- Tests ---------------------------------------------------------------

# Unit tests: one program a module, on Check.
CHECK_CFLAGS = $(shell pkg-config --cflags check)
CHECK_LIBS = $(shell pkg-config --libs check)
TEST_LIBS_sasl_cyrus = $(shell pkg-config --libs libsasl2)
TEST_LIBS_sasl_gsasl = $(shell pkg-config --libs libgsasl)
$(B)/t/test_%: t/unit/test_%.c $(B)/libposthorn.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(CHECK_CFLAGS) -It/unit $(ALL_CFLAGS) \
	    $(ALL_LDFLAGS) -o $@ $< $(B)/libposthorn.a $(LIBS) $(CHECK_LIBS) \
	    $(TEST_LIBS_$*)

# Fuzz targets: replayed over their corpora with any compiler, or run by
# clang's libFuzzer, "make -j2 fuzz FUZZ_SECONDS=600".
FUZZ = $(sort $(wildcard t/fuzz/fuzz_*.c))
REPLAY_BIN = $(FUZZ:t/fuzz/fuzz_%.c=$(B)/t/replay_%)
FUZZ_BIN = $(FUZZ:t/fuzz/fuzz_%.c=$(B)/fuzz/fuzz_%)
FUZZ_OBJ = $(SRC:src/%.c=$(B)/fuzz/%.o)
FUZZ_CC = clang
FUZZ_CFLAGS = -std=c17 $(WARN) -g -O1 -fno-sanitize-recover=all -MMD -MP
FUZZ_SECONDS = 60
$(B)/t/replay_%: t/fuzz/fuzz_%.c t/fuzz/replay.c $(B)/libposthorn.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(filter-out -MMD -MP,$(ALL_CFLAGS)) \
	    -Wno-missing-prototypes $(ALL_LDFLAGS) -o $@ $< t/fuzz/replay.c \
	    $(B)/libposthorn.a $(LIBS)
$(B)/fuzz/%.o: src/%.c $(B)/flags
	@mkdir -p $(@D)
	$(FUZZ_CC) $(BASE_CPPFLAGS) $(FUZZ_CFLAGS) \
	    -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<
$(B)/fuzz/libfuzz.a: $(FUZZ_OBJ)
	@rm -f $@
	$(AR) qcs $@ $(FUZZ_OBJ)
$(B)/fuzz/fuzz_%: t/fuzz/fuzz_%.c $(B)/fuzz/libfuzz.a
	$(FUZZ_CC) $(BASE_CPPFLAGS) $(FUZZ_CFLAGS) -Wno-missing-prototypes \
	    -fsanitize=fuzzer,address,undefined -o $@ $< \
	    $(B)/fuzz/libfuzz.a $(LIBS)
fuzzers: $(FUZZ_BIN)
fuzz: $(FUZZ:t/fuzz/fuzz_%.c=fuzz-%)
$(FUZZ:t/fuzz/fuzz_%.c=fuzz-%): fuzz-%: $(B)/fuzz/fuzz_%
	@mkdir -p $(B)/fuzz/corpus/$* $(B)/logs
	@$< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 \
	    -print_final_stats=1 -artifact_prefix=$(B)/logs/$*- \
	    $(B)/fuzz/corpus/$* t/fuzz/corpus/$* >$(B)/logs/fuzz-$*.log 2>&1 \
	    </dev/null || { tail -n 60 $(B)/logs/fuzz-$*.log; exit 1; }
	@printf '%-10s %10d executions, %d inputs worth keeping\n' $* \
	    $$(sed -n 's/^stat::number_of_executed_units: *//p' \
	    $(B)/logs/fuzz-$*.log) $$(ls $(B)/fuzz/corpus/$* | wc -l)

include t/smarthost/build.mk
include t/crash/build.mk
$(SMARTHOST_OBJ): $(B)/flags

# What takes longest begins first.  Round trips are counted by waiting, so
# nothing runs beside them.
E2E = outage crash_program callers_code queue crash_enter callers_system \
	cmdlines runner postfix exim callers setgid server mime matrix storm \
	storm_postfix powercut hostile messages auth mechanisms mailq bounce \
	dsn explain wayin aliases utf8 dkim
# What takes real servers and callers longest, once more, without sanitizers.
E2E := $(filter-out $(if $(SANITIZE),exim callers_code storm_postfix),$(E2E))
E2E_ALONE = roundtrips
UNIT_LONG = test_trust test_tls
UNIT_RUN = $(patsubst %,unit:$(B)/t/%,$(UNIT_LONG) \
	$(filter-out $(UNIT_LONG),$(notdir $(UNIT_BIN))))
FUZZ_RUN = $(REPLAY_BIN:%=fuzz:%)
E2E_RUN = $(patsubst %,tap:t/e2e/%.sh,$(E2E))
ALONE_RUN = $(patsubst %,tap:t/e2e/%.sh,$(E2E_ALONE))
export POSTHORN = $(CURDIR)/$(B)/posthorn
export SMARTHOST = $(CURDIR)/$(B)/t/smarthost
export SANITIZE

tests: all $(UNIT_BIN) $(REPLAY_BIN) $(B)/t/smarthost crash
check-unit: tests
	sh t/run.sh $(B)/logs $(UNIT_RUN) $(FUZZ_RUN)
check: tests
	sh t/run.sh $(B)/logs $(E2E_RUN) $(UNIT_RUN) $(FUZZ_RUN) \
	    -- $(ALONE_RUN)
check-long: tests
	B=$(B) sh t/long.sh

# ---- Style ---------------------------------------------------------------

lint: all
	B=$(B) sh t/lint/lint.sh
# Columns, blanks and braces are checked.  What clang-format says of the rest
# is only counted: it cannot write tabs between a member's type and its name,
# nor continuation lines indented by four inside of for and if.
format-check:
	@python3 -B t/lint/sizes.py
	@clang-format --version
	@for f in src/*.c src/*/*.[ch]; do clang-format $$f | diff $$f -; \
	    done | grep -c '^<' | sed 's/$$/ lines it would write otherwise/'

# ---- Installing ----------------------------------------------------------

MAN8 = posthorn.8 sendmail.8
MAN1 = mailq.1 newaliases.1
MAN5 = posthorn.conf.5
INSTALL = install
DEST_SBIN = $(DESTDIR)$(sbindir)
# The other names.
LINKS = $(DEST_SBIN)/sendmail $(DESTDIR)$(prefix)/lib/sendmail \
	$(DESTDIR)$(bindir)/mailq $(DESTDIR)$(bindir)/newaliases
# Ways to run the queue, and to let others in, with our paths in them: all of
# them in docdir, the units also where systemd looks, if systemdsystemunitdir
# says where.
EXAMPLES = posthorn-queue.service posthorn-queue.timer posthorn-queue.path \
	posthorn-submit.socket posthorn-submit@.service \
	posthorn-smtp.socket posthorn-smtp@.service \
	posthorn.cron posthorn.tmpfiles posthorn.sysusers
PACKAGE_TARNAME = posthorn
DEST_DOC = $(DESTDIR)$(docdir)
DEST_UNITS = $(addprefix $(DESTDIR),$(systemdsystemunitdir))
PUT_PATHS = sed -e 's|@sbindir@|$(sbindir)|g' \
	-e 's|@sysconfdir@|$(sysconfdir)|g' \
	-e 's|@localstatedir@|$(localstatedir)|g' \
	-e 's|@runstatedir@|$(runstatedir)|g'

install: all
	@for f in $(LINKS); do \
	    if { test -e $$f || test -h $$f; } && \
	        test "$$(basename "$$(readlink $$f)")" != posthorn; then \
	        echo "$$f belongs to another mail program: remove that" \
	            "first, or give another prefix" >&2; exit 1; fi; done
	$(INSTALL) -d $(DEST_SBIN) $(DESTDIR)$(bindir) \
	    $(DESTDIR)$(prefix)/lib $(DESTDIR)$(sysconfdir) \
	    $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man5 \
	    $(DESTDIR)$(mandir)/man8
	$(INSTALL) -m 755 $(B)/posthorn $(DEST_SBIN)/posthorn
	ln -sf posthorn $(DEST_SBIN)/sendmail
	ln -sfr $(DEST_SBIN)/posthorn $(DESTDIR)$(prefix)/lib/sendmail
	ln -sfr $(DEST_SBIN)/posthorn $(DESTDIR)$(bindir)/mailq
	ln -sfr $(DEST_SBIN)/posthorn $(DESTDIR)$(bindir)/newaliases
	$(INSTALL) -m 644 $(MAN8:%=man/%) $(DESTDIR)$(mandir)/man8
	$(INSTALL) -m 644 $(MAN5:%=man/%) $(DESTDIR)$(mandir)/man5
	$(INSTALL) -m 644 $(MAN1:%=man/%) $(DESTDIR)$(mandir)/man1
	test -e $(DESTDIR)$(sysconfdir)/posthorn.conf || \
	    $(INSTALL) -m 600 etc/posthorn.conf \
	    $(DESTDIR)$(sysconfdir)/posthorn.conf
	$(INSTALL) -d $(DEST_DOC) $(DEST_UNITS)
	for f in $(EXAMPLES); do $(PUT_PATHS) etc/$$f >$(DEST_DOC)/$$f && \
	    chmod 644 $(DEST_DOC)/$$f || exit 1; done
	$(if $(DEST_UNITS),$(INSTALL) -m 644 $(filter %.service %.timer \
	    %.path %.socket,$(EXAMPLES:%=$(DEST_DOC)/%)) $(DEST_UNITS))

# Programs of every user send, and none of these users can read the password
# or another one's mail: only the program has the group that can.  Under
# DESTDIR there is no group yet: owners and the program's mode (2755
# root:posthorn) are the packager's, the rest comes from sysusers.d and
# tmpfiles.d.
SPOOL = $(DESTDIR)$(localstatedir)/spool/posthorn
SPOOLS = $(SPOOL) $(addprefix $(SPOOL)/,failed hold tmp state run)
DEST_D = $(DESTDIR)$(prefix)/lib
ROOT_GROUP = $(if $(DESTDIR),,-o root -g posthorn)
MAKE_GROUP = getent group posthorn >/dev/null || groupadd --system posthorn
MAKE_USER = getent passwd posthorn >/dev/null || \
	useradd --system --gid posthorn --home-dir /nonexistent \
	--no-create-home --shell /usr/sbin/nologin \
	--comment "posthorn's queue" posthorn
# A queue that was root's alone until now.
GIVE_QUEUE = test ! -d $(SPOOL) || \
	test "$$(stat -c %G $(SPOOL))" = posthorn || \
	{ chgrp -R posthorn $(SPOOL) && \
	    find $(SPOOL) -type f -exec chmod 660 {} +; }
install-setgid: install
	$(if $(DESTDIR),,$(MAKE_GROUP))
	$(if $(DESTDIR),,$(MAKE_USER))
	@for d in $(SPOOLS); do if test -h $$d; then \
	    echo "$$d is a link: look who made it" >&2; exit 1; fi; done
	$(if $(DESTDIR),,$(GIVE_QUEUE))
	$(INSTALL) -d $(DESTDIR)$(localstatedir)/spool
	$(INSTALL) -d -m 2770 $(ROOT_GROUP) $(SPOOLS)
ifeq ($(DESTDIR),)
	chown root:posthorn $(sysconfdir)/posthorn.conf $(sbindir)/posthorn
	chmod 640 $(sysconfdir)/posthorn.conf
	chmod 2755 $(sbindir)/posthorn
else
	$(INSTALL) -d $(DEST_D)/sysusers.d $(DEST_D)/tmpfiles.d
	$(INSTALL) -m 644 $(DEST_DOC)/posthorn.sysusers \
	    $(DEST_D)/sysusers.d/posthorn.conf
	$(INSTALL) -m 644 $(DEST_DOC)/posthorn.tmpfiles \
	    $(DEST_D)/tmpfiles.d/posthorn.conf
endif

# The configuration stays: it is the admin's; and so do the queue, which may
# hold mail, and the group and user to whom it belongs.
uninstall:
	for f in $(LINKS); do \
	    test "$$(basename "$$(readlink $$f)")" != posthorn || rm $$f; done
	rm -f $(DEST_SBIN)/posthorn \
	    $(MAN8:%=$(DESTDIR)$(mandir)/man8/%) \
	    $(MAN5:%=$(DESTDIR)$(mandir)/man5/%) \
	    $(MAN1:%=$(DESTDIR)$(mandir)/man1/%) \
	    $(EXAMPLES:%=$(DEST_DOC)/%) \
	    $(addprefix $(DEST_UNITS)/,$(if $(DEST_UNITS),$(EXAMPLES))) \
	    $(DEST_D)/sysusers.d/posthorn.conf \
	    $(DEST_D)/tmpfiles.d/posthorn.conf
	rmdir $(DEST_DOC) 2>/dev/null || true

# ---- Releases ------------------------------------------------------------

# The same octets for the same commit: times come from it.
DIST = posthorn-$(VERSION)
dist: config.mk
	rm -rf $(B)/dist && mkdir -p $(B)/dist/$(DIST)
	git archive HEAD | tar -x -C $(B)/dist/$(DIST)
	cd $(B)/dist/$(DIST) && autoconf && rm -rf autom4te.cache
	tar --sort=name --owner=0 --group=0 --numeric-owner \
	    --mode=u+rwX,go+rX,go-w \
	    --mtime=@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
	    -C $(B)/dist -cf - $(DIST) | gzip -9n >$(DIST).tar.gz
	rm -rf $(B)/dist
# Unpacked, built elsewhere, tested, installed, and nothing left behind but
# the configuration.
distcheck: dist
	rm -rf $(B)/distcheck && mkdir -p $(B)/distcheck
	tar -xzf $(DIST).tar.gz -C $(B)/distcheck
	cd $(B)/distcheck/$(DIST) && ./configure -q --prefix=/usr \
	    --sysconfdir=/etc --localstatedir=/var && \
	    $(MAKE) -s WERROR=1 check-unit && $(MAKE) -s WERROR=1 \
	    install DESTDIR=$(CURDIR)/$(B)/distcheck/root && $(MAKE) -s \
	    uninstall DESTDIR=$(CURDIR)/$(B)/distcheck/root
	test "$$(cd $(B)/distcheck/root && find . ! -type d)" = \
	    ./etc/posthorn.conf
	rm -rf $(B)/distcheck
	@echo "$(DIST).tar.gz is ready"

clean:
	rm -rf build build-*
distclean: clean
	rm -rf configure configure~ config.h config.mk config.log \
	    config.status autom4te.cache posthorn-*.tar.gz

-include $(OBJ:.o=.d) $(B)/main.d $(UNIT_BIN:=.d) $(FUZZ_OBJ:.o=.d)
.PHONY: all tests check check-unit check-long fuzz fuzzers lint \
	format-check install install-setgid uninstall dist distcheck clean \
	distclean FORCE
.DELETE_ON_ERROR:
