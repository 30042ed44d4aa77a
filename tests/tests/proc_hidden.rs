//! A procfs that hides the processes of others.

use std::process::Command;

use tests::{Need, able};

/// Runs this very test again in a mount namespace of its own, as a user of no rights, with a procfs that hides others.
#[test]
fn who_is_hidden_is_not_taken_for_gone() {
    use capture::proc::reader::Reader;
    use graph::Unread;
    use std::path::PathBuf;

    if let Some(root) = std::env::var_os("GLOUGLOU_HIDDEN_PROC").map(PathBuf::from) {
        let reader = Reader::open(&root, None).unwrap();
        assert_eq!(reader.stat(1), Err(Unread::Denied));
        assert_eq!(reader.details(1).image.exe, Err(Unread::Denied));
        assert!(reader.details(std::process::id()).image.exe.is_ok());
        assert_eq!(reader.stat(i32::MAX as u32), Err(Unread::Gone));
        return;
    }
    if !able(&[Need::Root, Need::Program("unshare"), Need::Program("setpriv"), Need::Program("mount")]) {
        return;
    }
    let scratch = tests::scratch::Scratch::new();
    let program = scratch.path("test");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let root = scratch.path("proc");
    std::fs::create_dir(&root).unwrap();
    // The mount namespace ends with it, and so does the mount. Another instance of procfs has options of its own.
    let script = "mount -t proc -o hidepid=2 proc \"$1\" && exec setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all \"$2\" --exact who_is_hidden_is_not_taken_for_gone";
    let ran = Command::new("unshare")
        .args(["--mount", "sh", "-c", script, "sh"])
        .arg(&root)
        .arg(&program)
        .env("GLOUGLOU_HIDDEN_PROC", &root)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}
