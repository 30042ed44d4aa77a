//! What glouglou takes beside other programs, on the same load: `bench GLOUGLOU`, or one part of it with `recordings`, `dissection`, `processes`, `remote`, `layouts`, `computations`, `memory` or
//! `soak SECONDS` behind that; `bench --make FILE` leaves the recording.

mod computations;
mod dissection;
mod layouts;
mod memory;
mod processes;
mod recordings;
mod remote;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--one", ..] => return recordings::one(&args[1..]),
        ["--computing", load, name] => return computations::one(load, name),
        ["--load", count, program, rest @ ..] => processes::load(count, program, rest),
        ["--make", file] => recordings::make(file),
        [_, "dissection"] => recordings::dissection(),
        [glouglou, "recordings"] => recordings::all(glouglou),
        [glouglou, "processes"] => processes::all(glouglou),
        [glouglou, "remote"] => remote::all(glouglou),
        [glouglou, "soak", secs] => remote::soak(glouglou, secs),
        [_, "layouts"] => layouts::all(),
        [_, "computations"] => computations::all(),
        [_, "memory"] => memory::all(),
        [glouglou] => {
            recordings::all(glouglou);
            recordings::dissection();
            processes::all(glouglou);
            remote::all(glouglou);
            layouts::all();
            computations::all();
            memory::all();
        }
        _ => {
            eprintln!(
                "usage: bench GLOUGLOU [recordings | dissection | processes | remote | layouts | computations | memory | soak SECONDS] | --make FILE"
            );
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
