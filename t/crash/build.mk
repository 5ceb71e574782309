# What cuts programs at a system call, and drivers to be cut.
CRASH_BIN = $(B)/t/crash/ptrace_kill $(B)/t/crash/enter $(B)/t/crash/load
CRASH_FLAGS = $(filter-out -MMD -MP,$(ALL_CFLAGS)) $(ALL_LDFLAGS)

crash: $(CRASH_BIN)
# Not sanitized: it is the one that cuts.
$(B)/t/crash/ptrace_kill: t/crash/ptrace_kill.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=c17 $(CFLAGS) $(WARN) $(LDFLAGS) -o $@ $<
$(B)/t/crash/%: t/crash/%.c $(B)/libposthorn.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(CRASH_FLAGS) -o $@ $< $(B)/libposthorn.a \
	    $(LIBS)

export CRASH = $(CURDIR)/$(B)/t/crash
.PHONY: crash
