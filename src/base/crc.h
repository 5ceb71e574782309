/* SPDX-License-Identifier: ISC */
/* CRC-32C (Castagnoli), as RFC 3720 appendix B.4 has it. */
#ifndef POSTHORN_CRC_H
#define POSTHORN_CRC_H

#include <stddef.h>
#include <stdint.h>

/* The sum of n more octets behind those that gave crc (0: none yet). */
uint32_t	crc32c(uint32_t crc, const void *p, size_t n);

#endif
