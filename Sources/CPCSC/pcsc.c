// SPDX-License-Identifier: Apache-2.0
#include "CPCSC.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// As pcsc-lite lays them out on Linux (pcsclite.h, wintypes.h): DWORD is unsigned long, LONG and handles are long.
typedef struct {
    const char *name;
    void *user_data;
    unsigned long known;
    unsigned long seen;
    unsigned long atr_length;
    unsigned char atr[CP_ATR_LIMIT];
} reader_state;

typedef struct {
    unsigned long protocol;
    unsigned long length;
} io_request;

struct cp_library {
    long (*establish)(unsigned long scope, const void *, const void *, long *context);
    long (*release)(long context);
    long (*list_readers)(long context, const char *groups, char *names, unsigned long *length);
    long (*wait)(long context, unsigned long milliseconds, reader_state *states, unsigned long count);
    long (*cancel)(long context);
    long (*connect)(
        long context, const char *reader, unsigned long share, unsigned long protocols, long *card,
        unsigned long *protocol);
    long (*disconnect)(long card, unsigned long disposition);
    long (*transmit)(
        long card, const io_request *send, const unsigned char *command, unsigned long command_length, io_request *got,
        unsigned char *answer, unsigned long *answer_length);
};

enum { SCOPE_SYSTEM = 2, SHARE_SHARED = 2, PROTOCOL_T0_OR_T1 = 3, LEAVE_CARD = 0 };

static int find(void *handle, const char *symbol, void *function) {
    void *found = dlsym(handle, symbol);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

cp_library *cp_load(const char *name, char *error, size_t error_length) {
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    cp_library *library = handle ? calloc(1, sizeof *library) : NULL;
    if (library && find(handle, "SCardEstablishContext", &library->establish) &&
        find(handle, "SCardReleaseContext", &library->release) &&
        find(handle, "SCardListReaders", &library->list_readers) &&
        find(handle, "SCardGetStatusChange", &library->wait) && find(handle, "SCardCancel", &library->cancel) &&
        find(handle, "SCardConnect", &library->connect) && find(handle, "SCardDisconnect", &library->disconnect) &&
        find(handle, "SCardTransmit", &library->transmit)) {
        return library;
    }
    const char *reason = handle ? "it lacks some of PC/SC's functions" : dlerror();
    snprintf(error, error_length, "%s", reason ? reason : "it cannot be loaded");
    free(library);
    return NULL;
}

uint32_t cp_establish(const cp_library *library, long *context) {
    return (uint32_t)library->establish(SCOPE_SYSTEM, NULL, NULL, context);
}

void cp_release(const cp_library *library, long context) { library->release(context); }

uint32_t cp_list_readers(const cp_library *library, long context, char *names, size_t *length) {
    unsigned long count = *length;
    uint32_t code = (uint32_t)library->list_readers(context, NULL, names, &count);
    *length = code == 0 ? count : 0;
    return code;
}

void cp_watch(cp_state *state, const char *name, uint32_t known) {
    memset(state, 0, sizeof *state);
    snprintf(state->name, sizeof state->name, "%s", name);
    state->known = known;
}

uint32_t cp_wait(
    const cp_library *library, long context, uint32_t timeout_milliseconds, cp_state *states, size_t count) {
    reader_state all[CP_WATCH_LIMIT];
    memset(all, 0, sizeof all);
    for (size_t i = 0; i < count && i < CP_WATCH_LIMIT; i++) {
        all[i].name = states[i].name;
        all[i].known = states[i].known;
    }
    uint32_t code = (uint32_t)library->wait(context, timeout_milliseconds, all, count);
    for (size_t i = 0; i < count && i < CP_WATCH_LIMIT; i++) {
        states[i].seen = (uint32_t)all[i].seen;
        states[i].atr_length = all[i].atr_length <= CP_ATR_LIMIT ? (uint32_t)all[i].atr_length : 0;
        memcpy(states[i].atr, all[i].atr, CP_ATR_LIMIT);
    }
    return code;
}

void cp_cancel(const cp_library *library, long context) { library->cancel(context); }

uint32_t cp_connect(const cp_library *library, long context, const char *reader, long *card, uint32_t *protocol) {
    unsigned long active = 0;
    uint32_t code = (uint32_t)library->connect(context, reader, SHARE_SHARED, PROTOCOL_T0_OR_T1, card, &active);
    *protocol = (uint32_t)active;
    return code;
}

void cp_disconnect(const cp_library *library, long card) { library->disconnect(card, LEAVE_CARD); }

uint32_t cp_transmit(
    const cp_library *library, long card, uint32_t protocol, const uint8_t *command, size_t command_length,
    uint8_t *answer, size_t *answer_length) {
    io_request header = {.protocol = protocol, .length = sizeof header};
    unsigned long room = *answer_length;
    uint32_t code =
        (uint32_t)library->transmit(card, &header, command, command_length, NULL, answer, &room);
    *answer_length = code == 0 ? room : 0;
    return code;
}
