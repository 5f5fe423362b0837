// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/hidraw.h>
#include <linux/serial.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

_Static_assert((int)CS_READABLE == (int)EPOLLIN && (int)CS_WRITABLE == (int)EPOLLOUT, "bits are passed through");
_Static_assert((int)CS_ERROR == (int)EPOLLERR && (int)CS_HANGUP == (int)EPOLLHUP, "bits are passed through");

int cs_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int epoll, int operation, int descriptor, uint32_t interest, uint64_t token) {
    struct epoll_event event = {.events = interest, .data.u64 = token};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

int cs_epoll_add(int epoll, int descriptor, uint32_t interest, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, interest, token);
}

int cs_epoll_change(int epoll, int descriptor, uint32_t interest, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, interest, token);
}

int cs_epoll_remove(int epoll, int descriptor) { return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

int cs_epoll_wait(int epoll, cs_epoll_event *events, int timeout_milliseconds) {
    struct epoll_event got[CS_EPOLL_BATCH];
    int count = epoll_wait(epoll, got, CS_EPOLL_BATCH, timeout_milliseconds);
    for (int i = 0; i < count; i++) {
        events[i].token = got[i].data.u64;
        events[i].ready = got[i].events;
    }
    return count;
}

uint64_t cs_boottime(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int cs_timerfd_create(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC); }

int cs_timerfd_set(int descriptor, uint64_t nanoseconds) {
    struct itimerspec when = {0};
    when.it_value.tv_sec = (time_t)(nanoseconds / 1000000000u);
    when.it_value.tv_nsec = (long)(nanoseconds % 1000000000u);
    return timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &when, NULL);
}

int cs_eventfd(int is_blocking) { return eventfd(0, EFD_CLOEXEC | (is_blocking ? 0 : EFD_NONBLOCK)); }

int cs_signalfd(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) {
        if (sigaddset(&set, signals[i]) < 0) return -1;
    }
    errno = pthread_sigmask(SIG_BLOCK, &set, NULL);
    return errno ? -1 : signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int cs_signalfd_read(int descriptor) {
    struct signalfd_siginfo info;
    ssize_t got = read(descriptor, &info, sizeof info);
    if (got == (ssize_t)sizeof info) return (int)info.ssi_signo;
    return got < 0 && errno != EAGAIN && errno != EINTR ? -1 : 0;
}



void cs_block_signals(uint64_t *saved_mask) {
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    *saved_mask = 0;
    for (int number = 1; number <= 64; number++) {
        if (sigismember(&old, number) == 1) *saved_mask |= 1ull << (number - 1);
    }
}

void cs_restore_signals(uint64_t saved_mask) {
    sigset_t set;
    sigemptyset(&set);
    for (int number = 1; number <= 64; number++) {
        if (saved_mask & 1ull << (number - 1)) sigaddset(&set, number);
    }
    pthread_sigmask(SIG_SETMASK, &set, NULL);
}

int cs_accept(int descriptor, void *address, uint32_t *length) {
    return accept4(descriptor, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int cs_stream_socket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

int cs_pipe(int ends[2], int is_nonblocking) { return pipe2(ends, O_CLOEXEC | (is_nonblocking ? O_NONBLOCK : 0)); }

int cs_peer_credentials(int descriptor, uint32_t *user, uint32_t *group, int32_t *process) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return -1;
    *user = peer.uid;
    *group = peer.gid;
    *process = peer.pid;
    return 0;
}

int cs_pidfd_open(int32_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int cs_pidfd_wait(int pidfd, int *status, int *is_signal) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) < 0) return -1;
    if (info.si_pid == 0) return 0;
    *status = info.si_status;
    *is_signal = info.si_code != CLD_EXITED;
    return 1;
}

int cs_spawn_close_from(void *actions, int lowest) {
    return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

int cs_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
int cs_set_dumpable(int is_dumpable) { return prctl(PR_SET_DUMPABLE, is_dumpable, 0, 0, 0); }
void cs_overwrite_freed_memory(void) { mallopt(M_PERTURB, 0xA5); }
int cs_set_parent_death_signal(int number) { return prctl(PR_SET_PDEATHSIG, number, 0, 0, 0); }
int cs_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

static int limit(int resource, uint64_t value) {
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(resource, &both);
}

int cs_limit_core(uint64_t bytes) { return limit(RLIMIT_CORE, bytes); }
int cs_limit_address_space(uint64_t bytes) { return limit(RLIMIT_AS, bytes); }
int cs_limit_cpu(uint64_t seconds) { return limit(RLIMIT_CPU, seconds); }
int cs_limit_open_files(uint64_t count) { return limit(RLIMIT_NOFILE, count); }
int cs_raise_open_files(uint64_t *count) {
    struct rlimit both;
    if (getrlimit(RLIMIT_NOFILE, &both) < 0) return -1;
    both.rlim_cur = both.rlim_max;
    *count = both.rlim_cur;
    return setrlimit(RLIMIT_NOFILE, &both);
}

int cs_limit_file_size(uint64_t bytes) { return limit(RLIMIT_FSIZE, bytes); }

int cs_memfd_create(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int cs_memfd_seal(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
}

int cs_evdev_id(int descriptor, struct input_id *id) { return ioctl(descriptor, EVIOCGID, id); }
int cs_evdev_name(int descriptor, char *name, size_t length) { return ioctl(descriptor, EVIOCGNAME(length), name); }

int cs_evdev_key_capabilities(int descriptor, uint8_t *bits, size_t length) {
    return ioctl(descriptor, EVIOCGBIT(EV_KEY, length), bits);
}

int cs_evdev_keys_down(int descriptor, uint8_t *bits, size_t length) {
    return ioctl(descriptor, EVIOCGKEY(length), bits);
}

int cs_evdev_grab(int descriptor, int is_grabbed) { return ioctl(descriptor, EVIOCGRAB, (long)is_grabbed); }

int cs_evdev_use_boottime(int descriptor) {
    int clock = CLOCK_BOOTTIME;
    return ioctl(descriptor, EVIOCSCLOCKID, &clock);
}

int cs_tty_exclusive(int descriptor, int is_exclusive) {
    return ioctl(descriptor, is_exclusive ? TIOCEXCL : TIOCNXCL);
}

int cs_hid_set_feature(int descriptor, const uint8_t *report, size_t length) {
    return ioctl(descriptor, HIDIOCSFEATURE(length), report);
}

int cs_hid_get_feature(int descriptor, uint8_t *report, size_t length) {
    return ioctl(descriptor, HIDIOCGFEATURE(length), report);
}

int cs_tty_low_latency(int descriptor) {
    struct serial_struct line;
    if (ioctl(descriptor, TIOCGSERIAL, &line) < 0) return -1;
    line.flags |= ASYNC_LOW_LATENCY;
    return ioctl(descriptor, TIOCSSERIAL, &line);
}

int cs_tty_rs485_start(int descriptor, int *was_on) {
    struct serial_rs485 mode;
    if (ioctl(descriptor, TIOCGRS485, &mode) < 0) return -1;
    *was_on = (mode.flags & SER_RS485_ENABLED) != 0;
    if (*was_on) return 0;
    mode.flags |= SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND;
    mode.flags &= ~(uint32_t)(SER_RS485_RTS_AFTER_SEND | SER_RS485_RX_DURING_TX);
    return ioctl(descriptor, TIOCSRS485, &mode);
}

int cs_tty_rs485_stop(int descriptor) {
    struct serial_rs485 mode;
    if (ioctl(descriptor, TIOCGRS485, &mode) < 0) return -1;
    mode.flags &= ~(uint32_t)SER_RS485_ENABLED;
    return ioctl(descriptor, TIOCSRS485, &mode);
}

int cs_tcp_keepalive(int descriptor, int idle_seconds, int interval_seconds, int count) {
    int on = 1;
    // Bytes that nobody acknowledges end the connection as soon as an unanswered probe would.
    unsigned int limit = (unsigned int)(idle_seconds + interval_seconds * count) * 1000u;
    if (setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) < 0) return -1;
    if (setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds) < 0) return -1;
    if (setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds) < 0) return -1;
    if (setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count) < 0) return -1;
    return setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
}

int cs_pty_master(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (master < 0) return -1;
    if (grantpt(master) == 0 && unlockpt(master) == 0) return master;
    int kept = errno;
    close(master);
    errno = kept;
    return -1;
}

int cs_pty_slave_name(int master, char *name, size_t length) {
    errno = ptsname_r(master, name, length);
    return errno ? -1 : 0;
}

int cs_sync_data(int descriptor) { return fdatasync(descriptor); }
