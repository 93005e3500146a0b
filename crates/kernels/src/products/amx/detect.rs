//! Whether the tiles may be used: the processor has them, the system saves them, and this process has its leave.

use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
use std::sync::LazyLock;

/// In EDX of CPUID leaf 7: AMX-BF16 and AMX-TILE.
const FEATURES: u32 = 1 << 22 | 1 << 24;
/// In XCR0: what the tiles look like, and what they hold.
const SAVED: u64 = 1 << 17 | 1 << 18;

/// Whether this process may multiply tiles of bf16. The system is asked for its leave once.
pub(in super::super) fn is_here() -> bool {
    static HERE: LazyLock<bool> = LazyLock::new(|| usable(features(), saved(), permitted));
    *HERE
}

/// The answer to what processor and system say; leave is asked for where nothing else is missing.
fn usable(features: u32, saved: u64, permitted: impl FnOnce() -> bool) -> bool {
    features & FEATURES == FEATURES && saved & SAVED == SAVED && permitted()
}

/// EDX of CPUID leaf 7; nothing where there is no such leaf.
fn features() -> u32 {
    if __cpuid(0).eax >= 7 { __cpuid_count(7, 0).edx } else { 0 }
}

/// XCR0: the registers that the system saves when another thread takes its turn; none where it cannot be read.
fn saved() -> u64 {
    #[target_feature(enable = "xsave")]
    fn xcr0() -> u64 {
        // SAFETY: whoever calls this knows that the register can be read.
        unsafe { _xgetbv(0) }
    }
    /// In ECX of leaf 1: the system has switched that register on.
    const OSXSAVE: u32 = 1 << 27;
    // SAFETY: it can be read, as was asked just before.
    if __cpuid(1).ecx & OSXSAVE == 0 { 0 } else { unsafe { xcr0() } }
}

/// Linux gives each process the room of the tiles when it asks, and kills one that uses them unasked.
fn permitted() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    // SAFETY: this request takes two plain numbers and touches no memory of this process; an old kernel answers EINVAL.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_used_where_nothing_is_missing() {
        let everything = (u32::MAX, u64::MAX);
        let cases = [
            (everything, true, true),
            ((FEATURES, SAVED), true, true),
            (everything, false, false),
            // Without AMX-BF16, AMX-TILE, either half of what the system saves, all of it.
            ((!(1 << 22), u64::MAX), true, false),
            ((!(1 << 24), u64::MAX), true, false),
            ((u32::MAX, !(1 << 17)), true, false),
            ((u32::MAX, !(1 << 18)), true, false),
            ((u32::MAX, 0), true, false),
            // A processor with AVX-512 and nothing of this.
            ((0, 0xE7), true, false),
        ];
        for ((features, saved), leave, expected) in cases {
            assert_eq!(usable(features, saved, || leave), expected, "{features:#x}, {saved:#x}, {leave}");
        }
    }

    #[test]
    fn leave_is_not_asked_for_in_vain() {
        assert!(!usable(!(1 << 22), u64::MAX, || unreachable!("asked for tiles that are not there")));
        assert!(!usable(u32::MAX, !(1 << 18), || unreachable!("asked for tiles that are not saved")));
    }
}
