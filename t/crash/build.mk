# What cuts programs at a system call, and drivers to be cut.  Never
# sanitized: the sanitizer's own calls would be most of those that are cut.
CRASH_BIN = $(B)/t/crash/ptrace_kill $(B)/t/crash/enter $(B)/t/crash/load
CRASH_CC = $(CC) $(BASE_CPPFLAGS) $(FORTIFY) -std=c17 $(CFLAGS) $(WARN) $(HARDEN)
CRASH_OBJ = $(SRC:src/%.c=$(B)/t/crash.d/%.o)
CRASH_LIB = $(if $(SANITIZE),$(B)/t/crash.d/lib.a,$(B)/libposthorn.a)

crash: $(CRASH_BIN)
$(B)/t/crash/ptrace_kill: t/crash/ptrace_kill.c $(B)/flags
	@mkdir -p $(@D)
	$(CRASH_CC) $(LDHARDEN) $(LDFLAGS) -o $@ $<
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
