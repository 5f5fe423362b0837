// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the system call table of this architecture has not been looked at"
#endif

#ifndef __NR_rseq
#error "kernel headers too old"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(field))
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define ALLOW_CALL(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), ALLOW

int cs_seccomp_document_parser(void) {
    struct sock_filter filter[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        // The x32 calls of x86-64 have numbers of their own and match nothing below.
        LOAD(offsetof(struct seccomp_data, nr)),
        ALLOW_CALL(__NR_read), ALLOW_CALL(__NR_write), ALLOW_CALL(__NR_pread64), ALLOW_CALL(__NR_close),
        ALLOW_CALL(__NR_lseek), ALLOW_CALL(__NR_fstat), ALLOW_CALL(__NR_newfstatat),
        ALLOW_CALL(__NR_mmap), ALLOW_CALL(__NR_munmap), ALLOW_CALL(__NR_mremap), ALLOW_CALL(__NR_mprotect),
        ALLOW_CALL(__NR_madvise), ALLOW_CALL(__NR_brk), ALLOW_CALL(__NR_futex),
        ALLOW_CALL(__NR_rt_sigaction), ALLOW_CALL(__NR_rt_sigprocmask), ALLOW_CALL(__NR_rt_sigreturn),
        ALLOW_CALL(__NR_sigaltstack), ALLOW_CALL(__NR_clock_gettime), ALLOW_CALL(__NR_getrandom),
        ALLOW_CALL(__NR_exit), ALLOW_CALL(__NR_exit_group), ALLOW_CALL(__NR_gettid), ALLOW_CALL(__NR_getpid),
        ALLOW_CALL(__NR_tgkill), ALLOW_CALL(__NR_sched_yield), ALLOW_CALL(__NR_rseq),
        ALLOW_CALL(__NR_set_robust_list),
        // prlimit64 may read limits: the pointer to new ones must be null.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_prlimit64, 1, 0),
        REFUSE,
        LOAD(offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        REFUSE,
        LOAD(offsetof(struct seccomp_data, args[2]) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        REFUSE,
        ALLOW,
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    if (result > 0) errno = ESRCH; // the number of a thread that could not be put under the filter
    return result == 0 ? 0 : -1;
}
