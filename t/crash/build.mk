# What cuts programs at a system call, and drivers to be cut.  Never
# sanitized: the sanitizer's own calls would be most of those that are cut.
CRASH_TOOL = $(B)/t/crash/ptrace_kill $(B)/t/crash/record \
	$(B)/t/crash/measure
CRASH_BIN = $(CRASH_TOOL) $(B)/t/crash/enter $(B)/t/crash/act \
	$(B)/t/crash/load $(B)/t/crash/posthorn
CRASH_CC = $(CC) $(BASE_CPPFLAGS) $(FORTIFY) -std=c17 $(CFLAGS) $(WARN) $(HARDEN)
CRASH_OBJ = $(SRC:src/%.c=$(B)/t/crash.d/%.o)
CRASH_LIB = $(if $(SANITIZE),$(B)/t/crash.d/lib.a,$(B)/libposthorn.a)

crash: $(CRASH_BIN)
$(CRASH_TOOL): $(B)/t/crash/%: t/crash/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CRASH_CC) $(LDHARDEN) $(LDFLAGS) -o $@ $<
$(B)/t/crash/clock.so: t/crash/clock.c $(B)/flags
	@mkdir -p $(@D)
	$(CRASH_CC) -fPIC -shared -Wl,-soname,clock.so -o $@ $<
# The program with another clock.
$(B)/t/crash/posthorn: src/main.c $(B)/t/crash/clock.so $(CRASH_LIB)
	$(CRASH_CC) $(LDHARDEN) -Wl,--no-as-needed -Wl,-rpath,'$$ORIGIN' \
	    $(LDFLAGS) -o $@ $< $(B)/t/crash/clock.so $(CRASH_LIB) $(LIBS)
$(B)/t/crash/%: t/crash/%.c $(CRASH_LIB) $(B)/flags
	@mkdir -p $(@D)
	$(CRASH_CC) $(LDHARDEN) $(LDFLAGS) -o $@ $< $(CRASH_LIB) $(LIBS)

$(B)/t/crash.d/lib.a: $(CRASH_OBJ)
	@rm -f $@
	$(AR) qcs $@ $(CRASH_OBJ)
$(B)/t/crash.d/%.o: src/%.c $(B)/flags
	@mkdir -p $(@D)
	$(CRASH_CC) -MMD -MP -c -o $@ $<

-include $(if $(SANITIZE),$(CRASH_OBJ:.o=.d))
export CRASH = $(CURDIR)/$(B)/t/crash
.PHONY: crash
