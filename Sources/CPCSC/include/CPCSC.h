// SPDX-License-Identifier: Apache-2.0
// The calls of PC/SC (pcsc-lite's winscard.h) that reading a badge takes, from a library that is loaded at run time, so
// that a box without smart-card readers needs nothing of it. Codes are PC/SC's; 0 is success.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct cp_library cp_library;

/// NULL when the library is not installed or is no PC/SC; then `error` has the reason. It stays loaded for good.
cp_library *cp_load(const char *name, char *error, size_t error_length);

uint32_t cp_establish(const cp_library *library, long *context);
void cp_release(const cp_library *library, long context);

/// The readers' names, each ended by a zero byte, and one more zero byte. `length`: room, then how much was written.
uint32_t cp_list_readers(const cp_library *library, long context, char *names, size_t *length);

#define CP_ATR_LIMIT 33
/// One reader to watch. `known` is what was last seen, `seen` what is so now; both are SCARD_STATE_ bits and a count.
typedef struct {
    char name[128];
    uint32_t known;
    uint32_t seen;
    uint32_t atr_length;
    uint8_t atr[CP_ATR_LIMIT];
} cp_state;

/// Names longer than the room are cut.
void cp_watch(cp_state *state, const char *name, uint32_t known);

#define CP_WATCH_LIMIT 17
/// Waits until one of them differs from what is known. At most CP_WATCH_LIMIT.
uint32_t cp_wait(
    const cp_library *library, long context, uint32_t timeout_milliseconds, cp_state *states, size_t count);
/// Ends a wait of that context in another thread.
void cp_cancel(const cp_library *library, long context);

/// Shares the card with other programs.
uint32_t cp_connect(const cp_library *library, long context, const char *reader, long *card, uint32_t *protocol);
void cp_disconnect(const cp_library *library, long card);
/// `answer_length`: room, then how much came.
uint32_t cp_transmit(
    const cp_library *library, long card, uint32_t protocol, const uint8_t *command, size_t command_length,
    uint8_t *answer, size_t *answer_length);
