// SPDX-License-Identifier: Apache-2.0
// libmicrohttpd and, as functions, those of its variadics that Swift cannot call.
#pragma once

#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

typedef struct {
    unsigned int connections;
    unsigned int idle_seconds;
    size_t memory_per_connection;
    /// Handed to every callback.
    void *context;
    MHD_AccessHandlerCallback handle;
    MHD_RequestCompletedCallback completed;
} mh_options;

/// Paths and arguments stay percent-encoded, so that an encoded slash does not become a separator.
static inline size_t mh_keep_encoded(void *context, struct MHD_Connection *connection, char *text) {
    (void)context;
    (void)connection;
    return strlen(text);
}

/// External epoll mode: no thread and no listener of its own.
static inline struct MHD_Daemon *mh_start(const mh_options *options) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET,
        0, NULL, NULL, options->handle, options->context,
        MHD_OPTION_CONNECTION_LIMIT, options->connections,
        MHD_OPTION_CONNECTION_TIMEOUT, options->idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->memory_per_connection,
        MHD_OPTION_NOTIFY_COMPLETED, options->completed, options->context,
        MHD_OPTION_UNESCAPE_CALLBACK, mh_keep_encoded, NULL,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
}

static inline int mh_epoll_descriptor(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

static inline int mh_connection_descriptor(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/// The daemon owns the descriptor from here on, even when this fails. The peer's address is not passed on: whoever
/// wants it asks the descriptor.
static inline enum MHD_Result mh_add_connection(struct MHD_Daemon *daemon, int descriptor) {
    struct sockaddr address = {.sa_family = AF_UNIX};
    return MHD_add_connection(daemon, descriptor, &address, sizeof address.sa_family);
}
