//! Any bytes as what a file of /proc holds.
#![no_main]

use capture::proc::child::{Answer, Question};
use capture::proc::mask::mask;
use capture::proc::reader::{READ_BYTES, parse_cgroup, parse_cmdline, parse_stat, parse_status, printable};
use libfuzzer_sys::fuzz_target;

/// The most that a control group's path may be.
const MAX_PATH: usize = 1024;

fuzz_target!(|data: &[u8]| {
    let Some((which, rest)) = data.split_first() else { return };
    match which % 7 {
        0 => drop(parse_stat(rest).map(|stat| shown(&stat.comm))),
        1 => drop(parse_status(rest)),
        2 => {
            let cgroup = parse_cgroup(rest);
            cgroup.path.iter().for_each(|path| {
                shown(path);
                assert!(path.len() <= MAX_PATH && path.starts_with('/'));
            });
            cgroup.container.iter().for_each(|container| {
                shown(&container.id);
                assert!(!container.id.is_empty());
            });
        }
        3 => {
            // So that what is cut is reached: the same again and again.
            let long: Vec<u8> = rest.iter().copied().cycle().take(if rest.is_empty() { 0 } else { READ_BYTES }).collect();
            for bytes in [rest, &long] {
                let command = parse_cmdline(bytes);
                shown(&command.text);
                assert!(command.text.len() < READ_BYTES && (bytes.len() < READ_BYTES || command.cut));
            }
        }
        4 => {
            // A password in a URL is never shown, whatever stands around it.
            let around = String::from_utf8_lossy(rest).replace(char::is_whitespace, "");
            let line = mask(vec![around.clone(), "https://bob:hunter2@example.com/".into(), around], false);
            assert!(!line[1].contains("hunter2"), "{line:?}");
        }
        5 => {
            let _of_another_form = Question::parse(rest);
            let mut answer = Answer::default();
            answer.bytes_mut().iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
            assert!(answer.found().map_or(0, <[u8]>::len) <= Answer::MAX_BYTES);
        }
        _ => shown(&printable(rest)),
    }
});

fn shown(text: &str) {
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
