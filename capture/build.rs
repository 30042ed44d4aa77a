//! With the feature `ebpf`: compiles the program that the kernel runs.

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::Command;

const SOURCE: &str = "bpf/connect.bpf.c";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var_os("CARGO_FEATURE_EBPF").is_none() {
        return;
    }
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rerun-if-env-changed=CLANG");
    if let Err(message) = compile() {
        println!("cargo::error={message}");
    }
}

/// Makes `connect.bpf.o`. The kernel's types are matched by the object's own (`-g`), which name no folder of this machine.
fn compile() -> Result<(), String> {
    let clang = env::var_os("CLANG").unwrap_or_else(|| "clang".into());
    let target = if env::var("CARGO_CFG_TARGET_ENDIAN").is_ok_and(|endian| endian == "big") { "bpfeb" } else { "bpfel" };
    let object = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?).join("connect.bpf.o");
    let mut command = Command::new(&clang);
    command.args(["-target", target, "-O2", "-g", "-fdebug-compilation-dir=.", "-Wall", "-Wextra", "-Werror", "-c", SOURCE, "-o"]);
    let output = command.arg(&object).output().map_err(|error| {
        let clang = clang.to_string_lossy();
        match error.kind() {
            io::ErrorKind::NotFound => {
                format!("the feature ebpf needs the program {clang}: apt install clang, or name another one in the variable CLANG")
            }
            _ => format!("{clang} does not start: {error}"),
        }
    })?;
    // An error of cargo's is one line.
    let complaint = || String::from_utf8_lossy(&output.stderr).replace('\n', " | ");
    if output.status.success() { Ok(()) } else { Err(format!("{SOURCE} does not compile: {}", complaint())) }
}
