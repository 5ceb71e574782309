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

# Unit tests: one program a module, on Check.
CHECK_CFLAGS = $(shell pkg-config --cflags check)
CHECK_LIBS = $(shell pkg-config --libs check)
$(B)/t/test_%: t/unit/test_%.c $(B)/libposthorn.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(CHECK_CFLAGS) -It/unit $(ALL_CFLAGS) \
	    $(ALL_LDFLAGS) -o $@ $< $(B)/libposthorn.a $(LIBS) $(CHECK_LIBS) \
	    $(TEST_LIBS_$*)
unit: $(UNIT_BIN)

-include $(OBJ:.o=.d) $(B)/main.d $(UNIT_BIN:=.d)
.PHONY: all unit
