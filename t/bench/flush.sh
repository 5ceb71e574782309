#!/bin/sh
# SPDX-License-Identifier: ISC
# How fast a queue is flushed: over a way of 50 ms there and back, where
# waiting is what it costs, and with no way at all, where work is.  Fails
# where it takes more connections, flights or seconds than it should.
#
#	[B=build] sh t/bench/flush.sh [MESSAGES [MESSAGES-NEAR]]
#
# 1,000 and 2,000 messages without numbers.
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/${B:-build}
POSTHORN=$build/posthorn SMARTHOST=$build/t/smarthost
export POSTHORN SMARTHOST
exec python3 -B t/bench/flush.py "${1:-1000}" "${2:-2000}"
