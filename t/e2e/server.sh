#!/bin/sh
# SPDX-License-Identifier: ISC
# -bs and -bS: dialogues, clients, batches, many messages.
#
#	sh t/e2e/server.sh [WORD...]	KEEP=1 keeps the records
#					LONG=1 sends 10,000 in one session
exec python3 -B "$(dirname "$0")/server.py" "$@"
