// SPDX-License-Identifier: Apache-2.0
// The Linux calls that Swift's Glibc module does not import, one function a call, and the constants they need.
// Unless a comment says otherwise a function returns what the call returns: -1 and errno when it failed.
#pragma once

#include <linux/input.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CS_READABLE = 0x001,
    CS_WRITABLE = 0x004,
    CS_ERROR = 0x008,
    CS_HANGUP = 0x010,
};

/// One readiness: the token given to cs_epoll_add, and CS_ bits.
typedef struct {
    uint64_t token;
    uint32_t ready;
} cs_epoll_event;

#define CS_EPOLL_BATCH 128

int cs_epoll_create(void);
int cs_epoll_add(int epoll, int descriptor, uint32_t interest, uint64_t token);
int cs_epoll_change(int epoll, int descriptor, uint32_t interest, uint64_t token);
int cs_epoll_remove(int epoll, int descriptor);
/// At most CS_EPOLL_BATCH events; a negative time-out waits for ever.
int cs_epoll_wait(int epoll, cs_epoll_event *events, int timeout_milliseconds);

/// Nanoseconds since boot, suspended time included (CLOCK_BOOTTIME).
uint64_t cs_boottime(void);
/// A non-blocking timer on CLOCK_BOOTTIME.
int cs_timerfd_create(void);
/// Absolute time; 0 disarms.
int cs_timerfd_set(int descriptor, uint64_t nanoseconds);
/// A counter of 0; blocking or not.
int cs_eventfd(int is_blocking);
/// Blocks the signals in the calling thread and gives a non-blocking descriptor that reports them.
int cs_signalfd(const int *signals, size_t count);
/// The next signal, 0 when there is none.
int cs_signalfd_read(int descriptor);
/// Blocks every signal in the calling thread; the old mask is stored for cs_restore_signals.
void cs_block_signals(uint64_t *saved_mask);
void cs_restore_signals(uint64_t saved_mask);

/// Accepted sockets are non-blocking and close-on-exec. The address is a struct sockaddr_storage.
int cs_accept(int descriptor, void *address, uint32_t *length);
/// A non-blocking, close-on-exec stream socket.
int cs_stream_socket(int family);
/// Both ends close-on-exec; non-blocking when asked.
int cs_pipe(int ends[2], int is_nonblocking);
int cs_peer_credentials(int descriptor, uint32_t *user, uint32_t *group, int32_t *process);

/// A file descriptor for a child that has not been waited for.
int cs_pidfd_open(int32_t process);
/// 1 and the status when it has ended, 0 while it runs. `is_signal` says what `status` is.
int cs_pidfd_wait(int pidfd, int *status, int *is_signal);

/// Adds to a posix_spawn_file_actions_t: close this descriptor number and all above. Returns the error, or 0.
int cs_spawn_close_from(void *actions, int lowest);

int cs_no_new_privileges(void);
int cs_set_dumpable(int is_dumpable);
/// From now on malloc writes over what is freed to it; small blocks that a thread keeps for itself excepted.
void cs_overwrite_freed_memory(void);
int cs_set_parent_death_signal(int signal);
int cs_set_thread_name(const char *name);
int cs_limit_core(uint64_t bytes);
int cs_limit_address_space(uint64_t bytes);
int cs_limit_cpu(uint64_t seconds);
int cs_limit_open_files(uint64_t count);
/// As many as the hard limit allows; says how many.
int cs_raise_open_files(uint64_t *count);
int cs_limit_file_size(uint64_t bytes);

int cs_memfd_create(const char *name);
/// No writing, growing, shrinking or unsealing from now on.
int cs_memfd_seal(int descriptor);

int cs_evdev_id(int descriptor, struct input_id *id);
int cs_evdev_name(int descriptor, char *name, size_t length);
/// Bit n of `bits` is set when the device has key n.
int cs_evdev_key_capabilities(int descriptor, uint8_t *bits, size_t length);
/// Bit n of `bits` is set while key n is down.
int cs_evdev_keys_down(int descriptor, uint8_t *bits, size_t length);
int cs_evdev_grab(int descriptor, int is_grabbed);
int cs_evdev_use_boottime(int descriptor);

/// A feature report of a HID device, its first byte the report's number or 0. May wait for the device for seconds.
int cs_hid_set_feature(int descriptor, const uint8_t *report, size_t length);
/// `report[0]` says which; returns how many bytes came, the number included.
int cs_hid_get_feature(int descriptor, uint8_t *report, size_t length);

int cs_tty_exclusive(int descriptor, int is_exclusive);
/// Asks the driver not to collect bytes before it hands them on (16 ms on FTDI chips). Few drivers know it.
int cs_tty_low_latency(int descriptor);
/// Lets the driver switch an RS-485 line's direction: it sends while RTS is set. `was_on` says whether it did so before.
int cs_tty_rs485_start(int descriptor, int *was_on);
int cs_tty_rs485_stop(int descriptor);
/// TCP probes of a silent peer: after so many idle seconds, so many apart, so many unanswered.
int cs_tcp_keepalive(int descriptor, int idle_seconds, int interval_seconds, int count);
int cs_pty_master(void);
int cs_pty_slave_name(int master, char *name, size_t length);
int cs_sync_data(int descriptor);

/// Lets this process do nothing but compute on what it has open, and read, write and map memory. Everything else
/// fails with EPERM from now on, in every thread. For a program that parses documents from strangers.
int cs_seccomp_document_parser(void);
