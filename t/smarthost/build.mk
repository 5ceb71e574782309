# The scripted smarthost of the tests: independent of src/ on purpose.
SMARTHOST_SRC = $(sort $(wildcard t/smarthost/*.c))
SMARTHOST_OBJ = $(SMARTHOST_SRC:t/smarthost/%.c=$(B)/t/smarthost.d/%.o)
SMARTHOST_CFLAGS = $(shell pkg-config --cflags gnutls libgsasl libsasl2)
SMARTHOST_LIBS = $(shell pkg-config --libs gnutls libgsasl libsasl2)

smarthost: $(B)/t/smarthost
$(B)/t/smarthost: $(SMARTHOST_OBJ)
	$(CC) $(ALL_LDFLAGS) -o $@ $(SMARTHOST_OBJ) $(SMARTHOST_LIBS)
$(B)/t/smarthost.d/%.o: t/smarthost/%.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -Isrc,$(ALL_CPPFLAGS)) $(SMARTHOST_CFLAGS) \
	    $(ALL_CFLAGS) -c -o $@ $<

-include $(SMARTHOST_OBJ:.o=.d)
.PHONY: smarthost
