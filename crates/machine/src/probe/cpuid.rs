//! What an x86-64 processor says about itself; nothing elsewhere.

use results::Cache;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{__cpuid, __cpuid_count, CpuidResult};

    /// A leaf, if the processor has it.
    pub(super) fn leaf(number: u32, sub: u32) -> Option<CpuidResult> {
        let highest = __cpuid(number & 0xC000_0000).eax;
        (number <= highest).then(|| __cpuid_count(number, sub))
    }

    /// The bytes of registers as text.
    pub(super) fn text(registers: impl IntoIterator<Item = u32>) -> Option<String> {
        let bytes: Vec<u8> = registers.into_iter().flat_map(u32::to_le_bytes).filter(|byte| *byte != 0).collect();
        let text = String::from_utf8(bytes).ok()?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

/// Marketing name.
pub(super) fn brand() -> Option<String> {
    #[cfg(target_arch = "x86_64")]
    {
        let leaves = [0x8000_0002, 0x8000_0003, 0x8000_0004].map(|number| x86::leaf(number, 0));
        x86::text(leaves.into_iter().flatten().flat_map(|leaf| [leaf.eax, leaf.ebx, leaf.ecx, leaf.edx]))
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        None
    }
}

/// The hypervisor's name, if one shows itself.
pub(super) fn hypervisor() -> Option<String> {
    #[cfg(target_arch = "x86_64")]
    {
        let present = x86::leaf(1, 0)?.ecx >> 31 == 1;
        if !present {
            return None;
        }
        // The leaf is outside the numbering that `leaf` checks: it exists because the bit above is set.
        let vendor = std::arch::x86_64::__cpuid(0x4000_0000);
        let signature = x86::text([vendor.ebx, vendor.ecx, vendor.edx]).unwrap_or_default();
        let known = [
            ("KVMKVMKVM", "KVM"),
            ("Microsoft Hv", "Hyper-V"),
            ("VMwareVMware", "VMware"),
            ("XenVMMXenVMM", "Xen"),
            ("TCGTCGTCGTCG", "QEMU without acceleration"),
            ("bhyve bhyve", "bhyve"),
            (" lrpepyh  vr", "Parallels"),
            ("VBoxVBoxVBox", "VirtualBox"),
        ];
        let name = known.iter().find(|(key, _)| key.trim() == signature).map(|(_, name)| (*name).to_owned());
        Some(name.unwrap_or_else(|| if signature.is_empty() { "unnamed".to_owned() } else { signature }))
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        None
    }
}

/// Data caches, smallest level first.
pub(super) fn caches() -> Vec<Cache> {
    #[cfg(target_arch = "x86_64")]
    {
        // Both vendors use the same layout under different numbers; AMD leaves the Intel leaf empty.
        let read = |number: u32| -> Vec<Cache> {
            (0..16)
                .map_while(|sub| x86::leaf(number, sub).filter(|leaf| leaf.eax & 0x1F != 0))
                .filter(|leaf| leaf.eax & 0x1F != 2)
                .map(|leaf| Cache {
                    level: (leaf.eax >> 5) & 0x7,
                    bytes: (u64::from(leaf.ebx >> 22) + 1)
                        * (u64::from((leaf.ebx >> 12) & 0x3FF) + 1)
                        * (u64::from(leaf.ebx & 0xFFF) + 1)
                        * (u64::from(leaf.ecx) + 1),
                    shared_by: ((leaf.eax >> 14) & 0xFFF) + 1,
                })
                .collect()
        };
        let found = read(4);
        if found.is_empty() { read(0x8000_001D) } else { found }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        Vec::new()
    }
}

/// AMX features, if the kernel lets this process use the tile registers.
#[cfg(target_arch = "x86_64")]
pub(super) fn amx() -> Vec<String> {
    let Some(first) = x86::leaf(7, 0) else { return Vec::new() };
    let bit = |register: u32, bit: u32| register >> bit & 1 == 1;
    if !bit(first.edx, 24) || !tiles_permitted() {
        return Vec::new();
    }
    let second = x86::leaf(7, 1).map_or(0, |leaf| leaf.eax);
    [
        ("amx-tile", true),
        ("amx-bf16", bit(first.edx, 22)),
        ("amx-int8", bit(first.edx, 25)),
        ("amx-fp16", bit(second, 21)),
    ]
    .into_iter()
    .filter(|(_, present)| *present)
    .map(|(name, _)| name.to_owned())
    .collect()
}

/// Asks the kernel for the tile registers: without permission the first tile instruction kills the process.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn tiles_permitted() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    // SAFETY: this request takes two plain numbers and touches no memory of this process; an old kernel answers EINVAL.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 }
}

#[cfg(all(target_arch = "x86_64", not(target_os = "linux")))]
fn tiles_permitted() -> bool {
    false
}
