#!/bin/sh
# SPDX-License-Identifier: ISC
# The storm of storm.sh against a real Postfix.
exec sh "$(dirname "$0")/storm.sh" postfix
