//! What comes is brought out for a moment, what goes fades; nothing of that where motion is reduced.

use std::time::Duration;

use graph::{Node as Who, Time};

use super::super::stage::{Lens, Motion, News, Pace, Stage};
use super::super::testing::Net;
use super::super::{Scene, Sight};
use crate::state::mode::Tints;

const RUNS: Motion = Motion { dt: 0.1, smooth: true, running: true };

fn frame(stage: &mut Stage, net: &Net, motion: Motion) -> Pace {
    let scene = Scene { reduced_motion: !motion.smooth, ..net.scene() };
    let pace = stage.update(&scene, &Tints::default(), &Lens::default(), &[], &motion);
    stage.project(Net::SCREEN, Sight { centre: egui::Pos2::ZERO, zoom: 1.0 });
    pace
}

fn later(net: &mut Net, millis: u64) {
    net.now = Time(Net::NOW.0 + Duration::from_millis(millis).as_micros() as u64);
}

#[test]
fn a_host_that_comes_pulses_once_within_a_second() {
    let mut net = Net::star(2).placed(&[(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)]);
    let (mut stage, leaf) = (Stage::default(), net.node(1));
    let mut ages = Vec::new();
    for millis in [0, 300, 900, 1_000, 5_000] {
        later(&mut net, millis);
        frame(&mut stage, &net, RUNS);
        ages.push(stage.node(leaf).unwrap().news);
    }
    assert_eq!(ages, [Some(News::Came(0.0)), Some(News::Came(0.3)), Some(News::Came(0.9)), None, None]);
    later(&mut net, 300);
    for still in [Motion { smooth: false, ..RUNS }, Motion { running: false, ..RUNS }] {
        frame(&mut stage, &net, still);
        assert_eq!(stage.node(leaf).unwrap().news, None, "{still:?}");
    }
}

#[test]
fn what_goes_fades_where_it_was_and_is_forgotten() {
    let mut net = Net::star(3).placed(&[(0.0, 0.0), (100.0, 0.0), (0.0, 100.0), (-100.0, 0.0)]);
    let mut stage = Stage::default();
    for _ in 0..20 {
        frame(&mut stage, &net, RUNS);
    }
    let (gone, at) = (net.node(3), stage.node(net.node(3)).unwrap().at);
    let Who::Host(_) = gone else { panic!("{gone:?}") };
    net.folding.hidden.insert(gone);
    net.look();
    let pace = frame(&mut stage, &net, RUNS);
    assert_eq!((stage.nodes().len(), pace), (3, Pace::Easing));
    let [ghost] = stage.ghosts().nodes() else { panic!("{:?}", stage.ghosts()) };
    assert_eq!((ghost.id, ghost.at, stage.ghosts().lines().len()), (gone, at, 1));
    assert!(ghost.opacity > 0.5 && ghost.opacity < 1.0, "{}", ghost.opacity);
    for _ in 0..10 {
        frame(&mut stage, &net, RUNS);
    }
    assert!(stage.ghosts().nodes().is_empty() && stage.ghosts().lines().is_empty());
}

#[test]
fn who_is_back_is_no_ghost_and_with_reduced_motion_there_is_none() {
    let mut net = Net::star(2).placed(&[(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)]);
    let mut stage = Stage::default();
    for _ in 0..20 {
        frame(&mut stage, &net, RUNS);
    }
    for (hide, motion, ghosts) in [(true, RUNS, 1), (false, RUNS, 0), (true, Motion { smooth: false, ..RUNS }, 0)] {
        if hide {
            net.folding.hidden.insert(net.node(2))
        } else {
            net.folding.hidden.remove(&net.node(2))
        };
        net.look();
        frame(&mut stage, &net, motion);
        assert_eq!(stage.ghosts().nodes().len(), ghosts, "hidden {hide}, {motion:?}");
    }
}

#[test]
fn another_picture_is_no_news() {
    let mut net = Net::huge();
    let mut stage = Stage::default();
    for _ in 0..3 {
        frame(&mut stage, &net, RUNS);
    }
    assert!(stage.nodes().iter().all(|node| node.news.is_none()), "ten thousand pulses say nothing");
    net.folding.hidden.extend((0..10_000).map(|host| net.node(host)).collect::<Vec<_>>());
    net.look();
    frame(&mut stage, &net, RUNS);
    assert!(stage.nodes().is_empty() && stage.ghosts().nodes().len() + stage.ghosts().lines().len() < 1_000);
}
