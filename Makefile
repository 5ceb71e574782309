# posthorn: all rules; configure only finds things out (config.mk, config.h).
#
#	make			the program, build/posthorn
#	make check		unit and end-to-end tests, corpora replayed
#	make install		DESTDIR, prefix, sysconfdir, localstatedir
#	make lint		floors, sizes, cppcheck, shellcheck, mandoc
#
# B is the build folder, SANITIZE=1 builds with ASan and UBSan, WERROR=1
# makes warnings errors.

B = build$(if $(SANITIZE),-asan)
-include config.mk

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla \
	-Wimplicit-fallthrough -Wconversion
HARDEN = -fstack-protector-strong -fPIE
FORTIFY = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
LDHARDEN = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
SAN = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -g -O1
PATHS = -DSYSCONFDIR='"$(sysconfdir)"' -DLOCALSTATEDIR='"$(localstatedir)"'

ALL_CPPFLAGS = -Isrc -I. -D_GNU_SOURCE -DHAVE_CONFIG_H $(PATHS) \
	$(if $(SANITIZE),,$(FORTIFY)) $(GNUTLS_CFLAGS) $(CONFUSE_CFLAGS) \
	$(CPPFLAGS)
ALL_CFLAGS = -std=c17 $(CFLAGS) $(WARN) $(if $(WERROR),-Werror) $(HARDEN) \
	$(if $(SANITIZE),$(SAN)) -MMD -MP
ALL_LDFLAGS = $(LDHARDEN) $(if $(SANITIZE),$(SAN)) $(LDFLAGS)
LIBS = $(CONFUSE_LIBS) $(GNUTLS_LIBS)

SRC = $(sort $(wildcard src/*/*.c))
OBJ = $(SRC:src/%.c=$(B)/%.o)
UNITS = $(sort $(wildcard t/unit/test_*.c))
UNIT_BIN = $(UNITS:t/unit/%.c=$(B)/t/%)

all: $(B)/posthorn

config.mk config.h: configure etc/config.mk.in etc/config.h.in
	./configure $(CONFIGURE_ARGS)
configure: configure.ac
	autoconf
	touch configure

$(B)/posthorn: $(B)/main.o $(B)/libposthorn.a
	$(CC) $(ALL_LDFLAGS) -o $@ $(B)/main.o $(B)/libposthorn.a $(LIBS)
$(B)/libposthorn.a: $(OBJ)
	rm -f $@
	$(AR) rcs $@ $(OBJ)
$(B)/%.o: src/%.c config.mk
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

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
# clang's libFuzzer (make fuzz FUZZ_SECONDS=600).
FUZZ = $(sort $(wildcard t/fuzz/fuzz_*.c))
REPLAY_BIN = $(FUZZ:t/fuzz/fuzz_%.c=$(B)/t/replay_%)
FUZZ_BIN = $(FUZZ:t/fuzz/fuzz_%.c=$(B)/t/fuzz_%)
FUZZ_SECONDS = 60
$(B)/t/replay_%: t/fuzz/fuzz_%.c t/fuzz/replay.c $(B)/libposthorn.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(filter-out -MMD -MP,$(ALL_CFLAGS)) \
	    -Wno-missing-prototypes $(ALL_LDFLAGS) -o $@ $< t/fuzz/replay.c \
	    $(B)/libposthorn.a $(LIBS)
$(B)/t/fuzz_%: t/fuzz/fuzz_%.c $(SRC)
	@mkdir -p $(@D)
	clang -Isrc -I. -D_GNU_SOURCE -DHAVE_CONFIG_H $(PATHS) -std=c17 -g -O1 \
	    -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	    -o $@ $< $(SRC) $(LIBS)
fuzz: $(FUZZ_BIN)
	for f in $(FUZZ_BIN); do \
	    c=t/fuzz/corpus/$${f##*/fuzz_}; mkdir -p $(B)/$$c; \
	    $$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
	        $(B)/$$c $$c || exit 1; done

include t/smarthost/build.mk

# The program as the end-to-end tests want it, settings in /etc.
E2E = hostile roundtrips mechanisms auth messages cmdlines postfix exim callers
E2E_LONG =
UNIT_RUN = $(UNIT_BIN:%=unit:%)
FUZZ_RUN = $(REPLAY_BIN:%=fuzz:%)
E2E_RUN = $(patsubst %,tap:t/e2e/%.sh,$(E2E))
export POSTHORN = $(CURDIR)/$(B)/posthorn
export SMARTHOST = $(CURDIR)/$(B)/t/smarthost

unit: $(UNIT_BIN)
tests: all $(UNIT_BIN) $(REPLAY_BIN) $(B)/t/smarthost
check-unit: tests
	sh t/run.sh $(B)/logs $(UNIT_RUN) $(FUZZ_RUN)
check: tests
	sh t/run.sh $(B)/logs $(UNIT_RUN) $(FUZZ_RUN) $(E2E_RUN)
check-long: tests
	sh t/long.sh $(B)

# ---- Style ---------------------------------------------------------------

lint: all
	B=$(B) sh t/lint/lint.sh
format-check:
	clang-format --dry-run $(SRC) src/main.c $(wildcard src/*/*.h)

# ---- Installing ----------------------------------------------------------

MAN8 = posthorn.8 sendmail.8
MAN1 = mailq.1 newaliases.1
MAN5 = posthorn.conf.5
libdir_sendmail = $(prefix)/lib
INSTALL = install

install: all
	$(INSTALL) -d $(DESTDIR)$(sbindir) $(DESTDIR)$(bindir) \
	    $(DESTDIR)$(libdir_sendmail) $(DESTDIR)$(sysconfdir) \
	    $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(mandir)/man5 \
	    $(DESTDIR)$(mandir)/man8
	$(INSTALL) -m 755 $(B)/posthorn $(DESTDIR)$(sbindir)/posthorn
	ln -sf posthorn $(DESTDIR)$(sbindir)/sendmail
	ln -sf ../sbin/posthorn $(DESTDIR)$(libdir_sendmail)/sendmail
	ln -sf ../sbin/posthorn $(DESTDIR)$(bindir)/mailq
	ln -sf ../sbin/posthorn $(DESTDIR)$(bindir)/newaliases
	$(INSTALL) -m 644 $(MAN8:%=man/%) $(DESTDIR)$(mandir)/man8
	$(INSTALL) -m 644 $(MAN5:%=man/%) $(DESTDIR)$(mandir)/man5
	$(INSTALL) -m 644 $(MAN1:%=man/%) $(DESTDIR)$(mandir)/man1
	test -e $(DESTDIR)$(sysconfdir)/posthorn.conf || \
	    $(INSTALL) -m 600 etc/posthorn.conf \
	    $(DESTDIR)$(sysconfdir)/posthorn.conf
# The configuration stays: it is the admin's.
uninstall:
	rm -f $(DESTDIR)$(sbindir)/posthorn $(DESTDIR)$(sbindir)/sendmail \
	    $(DESTDIR)$(libdir_sendmail)/sendmail $(DESTDIR)$(bindir)/mailq \
	    $(DESTDIR)$(bindir)/newaliases \
	    $(MAN8:%=$(DESTDIR)$(mandir)/man8/%) \
	    $(MAN5:%=$(DESTDIR)$(mandir)/man5/%) \
	    $(MAN1:%=$(DESTDIR)$(mandir)/man1/%)

# ---- Releases ------------------------------------------------------------

# The same octets for the same commit: times come from it.
DIST = posthorn-$(VERSION)
dist: configure
	rm -rf $(DIST) && mkdir $(DIST)
	git archive HEAD | tar -x -C $(DIST)
	cp configure $(DIST)
	tar --sort=name --owner=0 --group=0 --numeric-owner \
	    --mtime=@$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
	    -cf - $(DIST) | gzip -9n >$(DIST).tar.gz
	rm -rf $(DIST)
distcheck: dist
	rm -rf $(B)/distcheck && mkdir -p $(B)/distcheck
	tar -xzf $(DIST).tar.gz -C $(B)/distcheck
	cd $(B)/distcheck/$(DIST) && ./configure --prefix=/usr \
	    --sysconfdir=/etc >/dev/null && $(MAKE) -s WERROR=1 all && \
	    $(MAKE) -s check-unit && \
	    $(MAKE) -s install DESTDIR=$(CURDIR)/$(B)/distcheck/root && \
	    $(MAKE) -s uninstall DESTDIR=$(CURDIR)/$(B)/distcheck/root
	test "$$(find $(B)/distcheck/root ! -type d | wc -l)" = 1
	@echo "$(DIST).tar.gz is ready"

clean:
	rm -rf build build-*
distclean: clean
	rm -rf configure config.h config.mk config.log config.status \
	    autom4te.cache $(DIST).tar.gz

-include $(OBJ:.o=.d) $(B)/main.d $(UNIT_BIN:=.d)
.PHONY: all unit tests check check-unit check-long fuzz lint format-check \
	install uninstall dist distcheck clean distclean
.DELETE_ON_ERROR:
