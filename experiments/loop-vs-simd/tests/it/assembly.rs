//! What the compiler made of the kernels, read from its assembly.

use std::path::Path;
use std::process::Command;

/// A function in the assembly: its mangled name and its instructions.
struct Function {
    name: String,
    instructions: Vec<String>,
}

impl Function {
    /// Instructions that compute on several numbers at once. Moves and bitwise operations do not count: scalar code zeroes and
    /// copies whole registers too.
    fn packed(&self) -> impl Iterator<Item = &String> {
        self.instructions.iter().filter(|line| is_packed_arithmetic(line))
    }
}

fn is_packed_arithmetic(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let Some(name) = words.next() else { return false };
    if cfg!(target_arch = "x86_64") {
        let name = name.strip_prefix('v').unwrap_or(name);
        let float = name.ends_with("pd") || name.ends_with("ps");
        let arithmetic = ["add", "sub", "mul", "div", "min", "max", "fmadd", "fmsub", "fnmadd", "fnmsub"];
        let integer = ["paddq", "paddd", "psubq", "psubd", "pmulld", "pmullq", "pmuludq"];
        (float && arithmetic.iter().any(|start| name.starts_with(start))) || integer.contains(&name)
    } else {
        // fadd v0.2d, v1.2d, v2.2d
        let vector = words.next().is_some_and(|register| [".2d", ".4s"].iter().any(|lanes| register.contains(lanes)));
        let arithmetic = ["fadd", "fsub", "fmul", "fdiv", "fmla", "fmls", "add", "sub", "mul"];
        vector && arithmetic.contains(&name)
    }
}

/// Asks for every table, so that the compiler leaves no function out.
const ROOTS: &str = "
use kernels::{Family, Kernels, Tables};
#[inline(never)]
pub fn tables(family: Family) -> (Kernels<f64>, Kernels<f32>, Kernels<i64>) {
    (f64::kernels(family), f32::kernels(family), i64::kernels(family))
}
";

/// Compiles the kernels as a release build does, for the oldest processor of this architecture. They depend on the standard
/// library alone, so that the compiler can be called without Cargo. `None` if there is no compiler.
fn functions() -> Option<Vec<Function>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let kernels = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kernels/mod.rs");
    let source = folder.path().join("lib.rs");
    std::fs::write(&source, format!("#[path = {:?}]\npub mod kernels;\n{ROOTS}", kernels.display()))
        .expect("a source file");
    let output = folder.path().join("kernels.s");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let ran = Command::new(compiler)
        .args(["--edition=2024", "--crate-type=lib", "--emit=asm", "-Copt-level=3", "-Ccodegen-units=1"])
        .args(["-Csymbol-mangling-version=v0", "-Cdebuginfo=0", "-Awarnings", "-o"])
        .args([&output, &source])
        .output();
    let ran = match ran {
        Ok(ran) => ran,
        Err(e) => {
            eprintln!("skipped: rustc does not start ({e})");
            return None;
        }
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let assembly = std::fs::read_to_string(&output).expect("the assembly");

    let mut functions: Vec<Function> = Vec::new();
    for line in assembly.lines() {
        let trimmed = line.trim();
        if let Some(name) = line.strip_suffix(':').filter(|name| name.contains("_R") && !name.starts_with(['.', ' '])) {
            functions.push(Function { name: name.to_owned(), instructions: Vec::new() });
        } else if line.starts_with(char::is_whitespace)
            && !trimmed.starts_with(['.', '#', '/', ';'])
            && let Some(function) = functions.last_mut()
        {
            function.instructions.push(trimmed.to_owned());
        }
    }
    Some(functions)
}

/// Functions of a module; in mangled names each word stands behind its length.
fn of<'a>(functions: &'a [Function], module: &str) -> Vec<&'a Function> {
    let word = format!("{}{module}", module.len());
    let found: Vec<&Function> = functions.iter().filter(|f| f.name.contains(&word)).collect();
    assert!(!found.is_empty(), "no function of {module} in the assembly");
    found
}

/// Functions of a kernel among them.
fn kernel<'a>(functions: &[&'a Function], kernel: &str) -> Vec<&'a Function> {
    let word = format!("{}{kernel}", kernel.len());
    functions.iter().copied().filter(|f| f.name.contains(&word)).collect()
}

#[test]
fn scalar_code_has_no_packed_arithmetic_and_the_other_ways_have() {
    if !cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
        eprintln!("skipped: the assembly of this architecture is not known to the test");
        return;
    }
    let Some(functions) = functions() else { return };

    let scalar = of(&functions, "scalar");
    for (name, types) in [("square", 3), ("sum", 3), ("dot", 3), ("filter", 3), ("sigmoid", 2)] {
        assert_eq!(kernel(&scalar, name).len(), types, "{name} for each type");
    }
    for function in &scalar {
        let packed: Vec<&String> = function.packed().collect();
        assert!(packed.is_empty(), "{} is vectorised: {packed:?}", function.name);
        assert!(function.instructions.len() > 5, "{} was not read", function.name);
    }

    let mut modules = vec!["auto"];
    if cfg!(target_arch = "x86_64") {
        modules.extend(["multiversion", "avx512", "avx2"]);
    } else {
        modules.push("neon");
    }
    for module in modules {
        let all = of(&functions, module);
        for name in ["square", "sum", "dot", "filter", "sigmoid"] {
            let found = kernel(&all, name);
            assert!(found.len() >= 2, "{module} has no {name}");
            for function in found {
                // NEON has no product of 64-bit integers, and the compiler knows of none either.
                let integers = ["I64x2", "squarex"].iter().any(|word| function.name.contains(word));
                if cfg!(target_arch = "aarch64") && integers {
                    continue;
                }
                assert!(function.packed().next().is_some(), "{} is not vectorised", function.name);
            }
        }
    }
}

#[test]
fn packed_arithmetic_is_recognised() {
    let (yes, no): (&[&str], &[&str]) = if cfg!(target_arch = "x86_64") {
        (
            &[
                "mulpd xmm0, xmm1",
                "vmulpd %zmm0, %zmm1, %zmm2",
                "vfmadd231ps %ymm0, %ymm1, %ymm2",
                "paddq %xmm0, %xmm1",
            ],
            &[
                "mulsd xmm0, xmm1",
                "vfmadd231sd %xmm0, %xmm1, %xmm2",
                "xorpd %xmm0, %xmm0",
                "movapd %xmm0, %xmm1",
                "addq $8, %rax",
            ],
        )
    } else {
        (
            &["fadd v0.2d, v1.2d, v2.2d", "fmla v0.4s, v1.4s, v2.4s"],
            &["fadd d0, d1, d2", "add x0, x1, x2", "mov v0.16b, v1.16b"],
        )
    };
    assert!(yes.iter().all(|line| is_packed_arithmetic(line)));
    assert!(!no.iter().any(|line| is_packed_arithmetic(line)));
}
