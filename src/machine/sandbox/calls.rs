//! Which system calls this process may never make again: a list of what is refused, for the C library
//! and the kernel add harmless ones all the time, and an office must not lose an evening to one of them.
//!
//! A refused call fails with `EPERM`; no work is cut off in the middle by a signal.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter_all_threads, sock_filter,
};

use super::SandboxError;

/// Refused outright, by what they would be good for.
const REFUSED: &[&[libc::c_long]] = &[
    // Networks: every call that makes, connects or uses a socket.
    &[
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_bind,
        libc::SYS_connect,
        libc::SYS_listen,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_sendto,
        libc::SYS_sendmsg,
        libc::SYS_sendmmsg,
        libc::SYS_recvfrom,
        libc::SYS_recvmsg,
        libc::SYS_recvmmsg,
        libc::SYS_getsockname,
        libc::SYS_getpeername,
        libc::SYS_getsockopt,
        libc::SYS_setsockopt,
        libc::SYS_shutdown,
    ],
    // Rings do all of that past this filter.
    &[libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register],
    // Other programs.
    &[libc::SYS_execve, libc::SYS_execveat, libc::SYS_memfd_create],
    #[cfg(target_arch = "x86_64")]
    &[libc::SYS_fork, libc::SYS_vfork],
    // Other processes' memory and files, and this one's by them.
    &[
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_process_madvise,
        libc::SYS_pidfd_open,
        libc::SYS_pidfd_getfd,
        libc::SYS_kcmp,
    ],
    // Ways round the names of files.
    &[
        libc::SYS_open_by_handle_at,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fspick,
        libc::SYS_fsmount,
        MOUNT_SETATTR,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_mknodat,
    ],
    #[cfg(target_arch = "x86_64")]
    &[libc::SYS_mknod],
    // What is beside a file's bytes, of any file of the account: Landlock lets it be, and attributes of 64 KiB
    // would carry a record out.
    &[
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
        libc::SYS_removexattr,
        libc::SYS_lremovexattr,
        libc::SYS_fremovexattr,
        SETXATTRAT,
        REMOVEXATTRAT,
        FILE_SETATTR,
        libc::SYS_fchmod,
        libc::SYS_fchmodat,
        FCHMODAT2,
        libc::SYS_fchown,
        libc::SYS_fchownat,
        libc::SYS_utimensat,
    ],
    #[cfg(target_arch = "x86_64")]
    &[
        libc::SYS_chmod,
        libc::SYS_chown,
        libc::SYS_lchown,
        libc::SYS_utime,
        libc::SYS_utimes,
        libc::SYS_futimesat,
    ],
    // Memory, messages and queues that programs of other accounts can reach, and that are no files.
    &[
        libc::SYS_shmget,
        libc::SYS_shmat,
        libc::SYS_shmctl,
        libc::SYS_msgget,
        libc::SYS_msgsnd,
        libc::SYS_msgrcv,
        libc::SYS_msgctl,
        libc::SYS_semget,
        libc::SYS_semop,
        libc::SYS_semctl,
        libc::SYS_mq_open,
        libc::SYS_mq_unlink,
        libc::SYS_mq_timedsend,
        libc::SYS_mq_timedreceive,
    ],
    // The kernel's insides: each has been the way out of a sandbox.
    &[
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        libc::SYS_kexec_file_load,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_reboot,
        libc::SYS_personality,
    ],
];

/// Newer calls have the same number on every processor; `libc` does not name them on all: Linux's
/// `asm-generic/unistd.h`.
const MOUNT_SETATTR: libc::c_long = 442;
const FCHMODAT2: libc::c_long = 452;
const SETXATTRAT: libc::c_long = 463;
const REMOVEXATTRAT: libc::c_long = 466;
const FILE_SETATTR: libc::c_long = 469;

/// Commands to a terminal that type in the name of whoever sits there: the shell underneath would run
/// it. `TIOCSTI` and `TIOCLINUX` of Linux's `asm-generic/ioctls.h`.
const TYPING: [u64; 2] = [0x5412, 0x541c];

/// `__X32_SYSCALL_BIT`: on x86-64 the same calls exist once more under numbers with this bit.
#[cfg(target_arch = "x86_64")]
const X32: u32 = 0x4000_0000;

/// Refuses them from now on, in every thread.
pub(super) fn confine() -> Result<(), SandboxError> {
    let failed = |error: &dyn std::fmt::Display| SandboxError::Calls(error.to_string());
    for program in programs()? {
        apply_filter_all_threads(&program).map_err(|error| failed(&error))?;
    }
    Ok(())
}

fn programs() -> Result<[BpfProgram; 2], SandboxError> {
    let mut refused: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.iter().copied().flatten().map(|call| (*call, Vec::new())).collect();
    // `clone` makes threads, which are ours, and processes, which would be somebody else's.
    let thread = u64::from(libc::CLONE_THREAD.cast_unsigned());
    refused.insert(libc::SYS_clone, vec![when(0, SeccompCmpOp::MaskedEq(thread), 0)?]);
    let typing = TYPING.into_iter().map(|command| when(1, SeccompCmpOp::Eq, command));
    refused.insert(libc::SYS_ioctl, typing.collect::<Result<_, _>>()?);
    // A filter can't look into `clone3`'s arguments. Where it does not exist, the C library takes `clone`.
    let missing = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    Ok([
        #[cfg(target_arch = "x86_64")]
        no_x32(compiled(refused, libc::EPERM)?),
        #[cfg(not(target_arch = "x86_64"))]
        compiled(refused, libc::EPERM)?,
        compiled(missing, libc::ENOSYS)?,
    ])
}

/// A rule for a call whose argument number `argument` compares so, of which 32 bits count.
fn when(argument: u8, compares: SeccompCmpOp, value: u64) -> Result<SeccompRule, SandboxError> {
    let failed = |error: seccompiler::BackendError| SandboxError::Calls(error.to_string());
    let condition =
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, compares, value).map_err(failed)?;
    SeccompRule::new(vec![condition]).map_err(failed)
}

fn compiled(calls: BTreeMap<i64, Vec<SeccompRule>>, errno: libc::c_int) -> Result<BpfProgram, SandboxError> {
    let failed = |error: seccompiler::BackendError| SandboxError::Calls(error.to_string());
    let processor = if cfg!(target_arch = "x86_64") {
        TargetArch::x86_64
    } else if cfg!(target_arch = "aarch64") {
        TargetArch::aarch64
    } else if cfg!(target_arch = "riscv64") {
        TargetArch::riscv64
    } else {
        return Err(SandboxError::Calls("its processor is not one of those known".to_owned()));
    };
    let refuse = SeccompAction::Errno(errno.cast_unsigned());
    let filter = SeccompFilter::new(calls, SeccompAction::Allow, refuse, processor).map_err(failed)?;
    BpfProgram::try_from(filter).map_err(failed)
}

/// Refuses the numbers of x32 before `program` is asked, which knows the usual ones. Jumps are relative,
/// so that instructions can stand before it.
#[cfg(target_arch = "x86_64")]
fn no_x32(program: BpfProgram) -> BpfProgram {
    // `BPF_LD | BPF_W | BPF_ABS` of the number; `BPF_JMP | BPF_JGE | BPF_K`; `BPF_RET | BPF_K`.
    let [load, jump, answer] = [0x20, 0x35, 0x06];
    let refuse = 0x0005_0000 | libc::EPERM.cast_unsigned(); // `SECCOMP_RET_ERRNO`
    let before = [
        sock_filter { code: load, jt: 0, jf: 0, k: 0 },
        sock_filter { code: jump, jt: 0, jf: 1, k: X32 },
        sock_filter { code: answer, jt: 0, jf: 0, k: refuse },
    ];
    before.into_iter().chain(program).collect()
}
