//! An interface that goes down, or away, says so, and is captured again once it is back.

use std::process::Command;

use tests::able;
use tests::netns::{Cable, NEEDS};
use tests::probe::Probe;
use tests::sender::{Load, send};

const BURST: u64 = 100;

struct Scene {
    cable: Cable,
    probe: Probe,
    sent: u64,
}

impl Scene {
    fn open(arguments: &[&str]) -> Option<Scene> {
        if !able(&NEEDS) {
            return None;
        }
        let cable = Cable::new();
        let probe = Probe::start(&cable.far, Command::new(env!("CARGO_BIN_EXE_live")).arg("far").args(arguments));
        probe.hear("open");
        Some(Scene { cable, probe, sent: 0 })
    }

    fn send(&mut self) {
        let load = Load { to: Cable::FAR, packets: BURST, per_sec: 100_000, flows: 4, payload_bytes: 64 };
        self.sent += self.cable.near.enter(|| send(load)).packets;
    }

    fn all_are_counted(self) {
        let account = self.probe.stop();
        assert_eq!((account.get("packets"), account.get("flow_packets")), (self.sent, self.sent));
    }
}

#[test]
fn down_and_up() {
    for arguments in [[].as_slice(), &["drop"]] {
        let Some(mut scene) = Scene::open(arguments) else { return };
        scene.send();
        scene.cable.far.ip(&["link", "set", "far", "down"]);
        let notice = scene.probe.hear("notice Warning: far is down");
        assert!(notice.ends_with("[sudo ip link set far up]"), "{notice}");
        scene.cable.far.ip(&["link", "set", "far", "up"]);
        scene.probe.hear("notice Info: far is up again");
        scene.send();
        scene.all_are_counted();
    }
}

#[test]
fn gone_and_back() {
    let Some(mut scene) = Scene::open(&[]) else { return };
    scene.send();
    scene.cable.cut();
    scene.probe.hear("notice Warning: far is gone: capture goes on when it is back");
    scene.probe.say("filter udp");
    assert_eq!(scene.probe.hear("filter:"), r#"Ok(Err("far is gone; set the filter when it is back"))"#);
    scene.cable.lay();
    scene.probe.hear("notice Info: far is back");
    scene.send();
    scene.all_are_counted();
}

#[test]
fn gone_and_back_after_the_privilege_drop_says_what_to_run() {
    let Some(scene) = Scene::open(&["drop"]) else { return };
    scene.cable.cut();
    let notice = scene.probe.hear("notice Warning: far is gone");
    assert!(notice.contains("[sudo ") && notice.contains(" -i far]"), "{notice}");
    scene.cable.lay();
    let error = scene.probe.hear("error: far is back, but not permitted to capture on far: run sudo ");
    assert!(error.contains("setcap cap_net_raw,cap_net_admin+ep"), "{error}");
}
