//! An emulator of the tiles of AMX, for processors that have none: what they take for an illegal instruction is done here, by the
//! description that Intel gives of each instruction, and the program goes on behind it.
//!
//! It knows the instructions that the products use and ends the process at any other, as a processor would, but with a word about it.

use std::cell::UnsafeCell;
use std::sync::Once;

use libc::{c_int, c_void, greg_t, siginfo_t, ucontext_t};

/// Tiles that there are, and bytes of a row of one.
const TILES: usize = 8;
const ROWS: usize = 16;
const BYTES: usize = 64;

/// The tiles of a thread. All are of no size until they are given one.
struct Tiles {
    rows: [usize; TILES],
    bytes: [usize; TILES],
    data: [[[u8; BYTES]; ROWS]; TILES],
    /// How often tiles were multiplied.
    products: usize,
}

thread_local! {
    static OWN: UnsafeCell<Tiles> = const {
        UnsafeCell::new(Tiles { rows: [0; TILES], bytes: [0; TILES], data: [[[0; BYTES]; ROWS]; TILES], products: 0 })
    };
}

/// Lets this process run the instructions. Where the processor has them, nothing is ever emulated.
pub(crate) fn emulate() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: all zeros are an action without flags; the handler has the signature that SA_SIGINFO asks for.
        let set = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handle as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO;
            libc::sigaction(libc::SIGILL, &raw const action, std::ptr::null_mut())
        };
        assert_eq!(set, 0, "a handler of SIGILL");
    });
}

/// How often this thread had tiles multiplied by the emulator, and whether its tiles are given back.
pub(crate) fn emulated() -> (usize, bool) {
    // SAFETY: the handler, which alone changes them, does not run now: this thread runs this.
    OWN.with(|own| unsafe { ((*own.get()).products, (*own.get()).rows == [0; TILES]) })
}

/// One instruction, its operands found.
#[derive(Debug, PartialEq)]
enum Instruction {
    Configure {
        from: usize,
    },
    Release,
    Zero {
        tile: usize,
    },
    Load {
        tile: usize,
        from: usize,
        stride: usize,
    },
    Store {
        tile: usize,
        to: usize,
        stride: usize,
    },
    /// Pairs of bf16.
    Multiply {
        sums: usize,
        a: usize,
        b: usize,
    },
}

extern "C" fn handle(_signal: c_int, _info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the system gives a handler with SA_SIGINFO the state of the thread, which nobody else touches meanwhile.
    let registers = unsafe { &mut (*context.cast::<ucontext_t>()).uc_mcontext.gregs };
    let at = registers[libc::REG_RIP as usize] as *const u8;
    // SAFETY: the thread was about to run what lies there; no more of it is read than an instruction of its kind has.
    let Some((instruction, len)) = (unsafe { decode(at, registers) }) else {
        end("an instruction that is not known\n")
    };
    // SAFETY: the tiles of this thread, of which the interrupted code has no reference: it is the assembly of the products.
    OWN.with(|own| unsafe { run(&mut *own.get(), &instruction) });
    registers[libc::REG_RIP as usize] += len as greg_t;
}

/// Ends the process; a handler may neither panic nor print.
fn end(what: &str) -> ! {
    // SAFETY: both may be called in a handler; the text is as long as it says.
    unsafe {
        libc::write(2, what.as_ptr().cast(), what.len());
        libc::abort()
    }
}

/// Registers in the order in which instructions number them.
const NUMBERED: [c_int; 16] = [
    libc::REG_RAX,
    libc::REG_RCX,
    libc::REG_RDX,
    libc::REG_RBX,
    libc::REG_RSP,
    libc::REG_RBP,
    libc::REG_RSI,
    libc::REG_RDI,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
];

/// The instruction and its length.
///
/// # Safety
/// An instruction can be read there.
unsafe fn decode(at: *const u8, registers: &[greg_t]) -> Option<(Instruction, usize)> {
    // SAFETY: the caller vouches for the bytes, of which only those are read that belong to the instruction.
    let byte = |i: usize| unsafe { *at.add(i) };
    let register = |number: usize| registers[NUMBERED[number] as usize] as usize;
    // VEX of three bytes: C4, then R X B (inverted; tiles have no high numbers) and the map 0F38, then W, vvvv (inverted), the length 128, and a prefix.
    if byte(0) != 0xC4 || byte(1) & 0x9F != 0x82 || byte(2) & 0x84 != 0 {
        return None;
    }
    let (high_index, high_base) = (usize::from(!byte(1) >> 6 & 1) << 3, usize::from(!byte(1) >> 5 & 1) << 3);
    let (vvvv, prefix) = (usize::from(!byte(2) >> 3 & 0xF), byte(2) & 0b11);
    let (operation, modrm) = (byte(3), byte(4));
    let (mode, reg, rm) = (modrm >> 6, usize::from(modrm >> 3 & 7), usize::from(modrm & 7));
    // Where the operand in memory lies, the stride, and how long the instruction is. Without an index, the stride is 0.
    let memory = || {
        let (mut len, mut stride, mut base) = (5, 0, rm | high_base);
        if rm == 4 {
            let sib = byte(5);
            len += 1;
            base = usize::from(sib & 7) | high_base;
            let index = usize::from(sib >> 3 & 7) | high_index;
            stride = if index == 4 { 0 } else { register(index) << (sib >> 6) };
        }
        // Neither an address without a base nor one from here on is used.
        if mode == 0 && base & 7 == 5 {
            return None;
        }
        let (moved, more) = match mode {
            0 => (0, 0),
            1 => (isize::from(byte(len).cast_signed()), 1),
            _ => (i32::from_le_bytes(std::array::from_fn(|i| byte(len + i))) as isize, 4),
        };
        Some((register(base).wrapping_add_signed(moved), stride, len + more))
    };
    Some(match (operation, prefix, mode) {
        (0x49, 0b00, 0b11) if (reg, rm) == (0, 0) => (Instruction::Release, 5),
        (0x49, 0b00, _) if mode != 0b11 && reg == 0 => {
            let (from, index, len) = memory()?;
            (Instruction::Configure { from: from.wrapping_add(index) }, len)
        }
        (0x49, 0b11, 0b11) if rm == 0 => (Instruction::Zero { tile: reg }, 5),
        (0x4B, 0b11, _) if mode != 0b11 && rm == 4 => {
            let (from, stride, len) = memory()?;
            (Instruction::Load { tile: reg, from, stride }, len)
        }
        (0x4B, 0b10, _) if mode != 0b11 && rm == 4 => {
            let (to, stride, len) = memory()?;
            (Instruction::Store { tile: reg, to, stride }, len)
        }
        (0x5C, 0b10, 0b11) if vvvv < TILES => (Instruction::Multiply { sums: reg, a: rm, b: vvvv }, 5),
        _ => return None,
    })
}

/// Does what an instruction does.
///
/// # Safety
/// Its operands in memory can be read or written.
unsafe fn run(tiles: &mut Tiles, instruction: &Instruction) {
    let shaped = |tile: usize| {
        if tiles.rows[tile] == 0 {
            end("a tile without a shape\n");
        }
        (tiles.rows[tile], tiles.bytes[tile])
    };
    match *instruction {
        Instruction::Configure { from } => {
            // SAFETY: the caller vouches for the 64 bytes of a configuration.
            let shape = unsafe { (from as *const [u8; 64]).read_unaligned() };
            // Palette 1, from row 0 on; then sixteen times bytes of a row, and rows, of which eight are there.
            let bytes: [usize; 16] =
                std::array::from_fn(|i| usize::from(u16::from_le_bytes([shape[16 + 2 * i], shape[17 + 2 * i]])));
            let rows: [usize; 16] = std::array::from_fn(|i| usize::from(shape[48 + i]));
            let fits = |i: usize| rows[i] <= ROWS && bytes[i] <= BYTES && (rows[i] == 0) == (bytes[i] == 0);
            let is_empty = |i: usize| rows[i] == 0 && bytes[i] == 0;
            if shape[..2] != [1, 0] || shape[2..16] != [0; 14] || !(0..8).all(fits) || !(8..16).all(is_empty) {
                end("a configuration that the processor refuses\n");
            }
            tiles.rows.copy_from_slice(&rows[..TILES]);
            tiles.bytes.copy_from_slice(&bytes[..TILES]);
            tiles.data = [[[0; BYTES]; ROWS]; TILES];
        }
        Instruction::Release => {
            (tiles.rows, tiles.bytes) = ([0; TILES], [0; TILES]);
            tiles.data = [[[0; BYTES]; ROWS]; TILES];
        }
        Instruction::Zero { tile } => {
            shaped(tile);
            tiles.data[tile] = [[0; BYTES]; ROWS];
        }
        Instruction::Load { tile, from, stride } => {
            let (rows, bytes) = shaped(tile);
            tiles.data[tile] = [[0; BYTES]; ROWS];
            for (row, to) in tiles.data[tile][..rows].iter_mut().enumerate() {
                let from = from.wrapping_add(row.wrapping_mul(stride)) as *const u8;
                // SAFETY: the caller vouches for all rows.
                unsafe { std::ptr::copy_nonoverlapping(from, to.as_mut_ptr(), bytes) };
            }
        }
        Instruction::Store { tile, to, stride } => {
            let (rows, bytes) = shaped(tile);
            for (row, from) in tiles.data[tile][..rows].iter().enumerate() {
                let to = to.wrapping_add(row.wrapping_mul(stride)) as *mut u8;
                // SAFETY: the caller vouches for all rows.
                unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), to, bytes) };
            }
        }
        Instruction::Multiply { sums, a, b } => {
            let ((high, wide), (a_rows, a_bytes), (b_rows, b_bytes)) = (shaped(sums), shaped(a), shaped(b));
            if a_rows != high || b_bytes != wide || a_bytes != 4 * b_rows || sums == a || sums == b || a == b {
                end("tiles that do not fit each other\n");
            }
            let (a, b) = (tiles.data[a], tiles.data[b]);
            for (to, a) in tiles.data[sums][..high].iter_mut().zip(&a) {
                // The first and the second number of all pairs are summed apart, and then added to what is there.
                let mut apart = [[0.0_f32; 2]; BYTES / 4];
                for (a, b) in a.as_chunks::<4>().0[..b_rows].iter().zip(&b) {
                    for (sums, b) in apart.iter_mut().zip(b.as_chunks::<4>().0) {
                        *sums = [0, 1].map(|i| flushed(brain(a, i).mul_add(brain(b, i), sums[i])));
                    }
                }
                for (to, [first, second]) in to.as_chunks_mut::<4>().0[..wide / 4].iter_mut().zip(apart) {
                    let sum = flushed(flushed(f32::from_le_bytes(*to)) + flushed(first + second));
                    *to = sum.to_le_bytes();
                }
            }
            tiles.products += 1;
        }
    }
}

/// One of the numbers of a pair.
fn brain(pair: &[u8; 4], which: usize) -> f32 {
    flushed(f32::from_le_bytes([0, 0, pair[2 * which], pair[2 * which + 1]]))
}

/// Numbers below the normal ones are zeros to these instructions, as operands and as sums.
fn flushed(number: f32) -> f32 {
    if number.is_subnormal() { 0.0_f32.copysign(number) } else { number }
}

#[test]
fn instructions_are_read_as_the_manual_writes_them() {
    let mut registers = [0; 32];
    for (number, value) in NUMBERED.iter().zip(1..) {
        registers[*number as usize] = value * 0x1000;
    }
    // As an assembler writes them.
    let cases: [(&[u8], Option<Instruction>); 11] = [
        (&[0xC4, 0xE2, 0x78, 0x49, 0x00], Some(Instruction::Configure { from: 0x1000 })), // ldtilecfg [rax]
        (&[0xC4, 0xC2, 0x78, 0x49, 0x45, 0x40], Some(Instruction::Configure { from: 0xE040 })), // ldtilecfg [r13 + 64]
        (&[0xC4, 0xE2, 0x78, 0x49, 0xC0], Some(Instruction::Release)),
        (&[0xC4, 0xE2, 0x7B, 0x49, 0xD8], Some(Instruction::Zero { tile: 3 })),
        // tileloadd tmm2, [rcx + rdx]
        (&[0xC4, 0xE2, 0x7B, 0x4B, 0x14, 0x11], Some(Instruction::Load { tile: 2, from: 0x2000, stride: 0x3000 })),
        // tileloadd tmm7, [r9 + 4*r10 + 0x100]
        (
            &[0xC4, 0x82, 0x7B, 0x4B, 0xBC, 0x91, 0x00, 0x01, 0x00, 0x00],
            Some(Instruction::Load { tile: 7, from: 0xA100, stride: 0x2C000 }),
        ),
        // tilestored [rsi + rdi - 64], tmm1
        (&[0xC4, 0xE2, 0x7A, 0x4B, 0x4C, 0x3E, 0xC0], Some(Instruction::Store { tile: 1, to: 0x6FC0, stride: 0x8000 })),
        // tdpbf16ps tmm3, tmm5, tmm7
        (&[0xC4, 0xE2, 0x42, 0x5C, 0xDD], Some(Instruction::Multiply { sums: 3, a: 5, b: 7 })),
        // tdpbssd, which multiplies bytes; tileloaddt1; an instruction of another kind.
        (&[0xC4, 0xE2, 0x43, 0x5E, 0xDD], None),
        (&[0xC4, 0xE2, 0x79, 0x4B, 0x14, 0x11], None),
        (&[0x0F, 0x0B], None),
    ];
    for (bytes, expected) in cases {
        let expected = expected.map(|instruction| (instruction, bytes.len()));
        // SAFETY: each is as long as what its first bytes say.
        assert_eq!(unsafe { decode(bytes.as_ptr(), &registers) }, expected, "{bytes:x?}");
    }
}

#[test]
fn products_of_tiles_are_those_of_the_manual() {
    let mut tiles = Tiles { rows: [0; TILES], bytes: [0; TILES], data: [[[0; BYTES]; ROWS]; TILES], products: 0 };
    // Two rows by three columns, of four numbers each.
    (tiles.rows[0], tiles.bytes[0]) = (2, 12);
    (tiles.rows[1], tiles.bytes[1]) = (2, 8);
    (tiles.rows[2], tiles.bytes[2]) = (2, 12);
    let set = |row: &mut [u8; BYTES], numbers: &[f32]| {
        for (to, number) in row.as_chunks_mut::<2>().0.iter_mut().zip(numbers) {
            *to = half::bf16::from_f32(*number).to_le_bytes();
        }
    };
    set(&mut tiles.data[1][0], &[1.0, 2.0, 3.0, 4.0]);
    set(&mut tiles.data[1][1], &[1.0, 0.0, 0.0, -1.0]);
    // Pairs of a column stand side by side. In the last one, what is subnormal counts for nothing.
    set(&mut tiles.data[2][0], &[1.0, 10.0, 2.0, 20.0, 1e-39, 0.0]);
    set(&mut tiles.data[2][1], &[100.0, 1000.0, 200.0, 2000.0, 0.0, 5.0]);
    tiles.data[0][1][..4].copy_from_slice(&0.5_f32.to_le_bytes());
    // SAFETY: no operand lies in memory.
    unsafe { run(&mut tiles, &Instruction::Multiply { sums: 0, a: 1, b: 2 }) };
    let sums: Vec<f32> = tiles.data[0][..2]
        .iter()
        .flat_map(|row| row.as_chunks::<4>().0[..3].iter().map(|bytes| f32::from_le_bytes(*bytes)))
        .collect();
    assert_eq!(sums, [4321.0, 8642.0, 20.0, -998.5, -1998.0, -5.0]);
    assert!(
        tiles.data[0].iter().flatten().enumerate().all(|(at, byte)| (at / BYTES < 2 && at % BYTES < 12) || *byte == 0)
    );
}
