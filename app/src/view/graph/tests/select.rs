//! Several are selected, and what is done is done to all of them.

use std::collections::BTreeSet;

use graph::Node;

use super::*;

fn chosen(harness: &Harness<'_, Window>) -> BTreeSet<Node> {
    harness.state().state.chosen.nodes().clone()
}

fn nodes(harness: &Harness<'_, Window>, hosts: &[usize]) -> BTreeSet<Node> {
    hosts.iter().map(|host| harness.state().net.node(*host)).collect()
}

fn ctrl_click(harness: &mut Harness<'_, Window>, at: Pos2) {
    harness.hover_at(at);
    harness.run_steps(LONG_AFTER);
    button(harness, at, true, Modifiers::COMMAND);
    button(harness, at, false, Modifiers::COMMAND);
    harness.run();
}

/// Pulls a rope from place to place.
fn pull(harness: &mut Harness<'_, Window>, way: &[Pos2], modifiers: Modifiers) {
    harness.hover_at(way[0]);
    harness.run();
    button(harness, way[0], true, modifiers);
    for at in way {
        harness.hover_at(*at);
        harness.step();
    }
    button(harness, way[way.len() - 1], false, modifiers);
    harness.run();
}

#[test]
fn with_ctrl_a_click_adds_a_host_and_takes_it_out_again() {
    let mut harness = cross();
    let [one, two] = [1, 2].map(|host| harness.state().at(host));
    click(&mut harness, one);
    ctrl_click(&mut harness, two);
    assert_eq!(chosen(&harness), nodes(&harness, &[1, 2]));
    assert_eq!(harness.state().selection, Some(harness.state().subject(2)), "the details are about the last one");
    assert!(harness.query_by_label_contains("2 hosts selected, ").is_some());
    ctrl_click(&mut harness, one);
    assert_eq!(chosen(&harness), nodes(&harness, &[2]));
    assert!(harness.query_by_label_contains(" selected, ").is_none());

    ctrl_click(&mut harness, one);
    harness.run_steps(LONG_AFTER);
    click(&mut harness, one);
    assert_eq!(chosen(&harness), nodes(&harness, &[1]), "a click selects one");
}

#[test]
fn a_box_selects_what_is_in_it_beside_what_was() {
    let mut harness = cross();
    let [one, two, five] = [1, 2, 5].map(|host| harness.state().at(host));
    click(&mut harness, two);
    drag(&mut harness, one - vec2(30.0, 30.0), five - one + vec2(60.0, 60.0), Modifiers::SHIFT);
    assert_eq!(chosen(&harness), nodes(&harness, &[1, 2, 5]));
    assert_eq!(harness.state().selection, Some(harness.state().subject(1)), "the busiest of those in the box");
    assert_eq!(harness.state().actions, [], "nothing was moved");
    let said = harness.get_by_label_contains("3 hosts selected, ").accesskit_node().value().unwrap();
    assert!(said.ends_with("B/s"), "{said}");
}

#[test]
fn a_rope_selects_what_it_goes_around() {
    for modifiers in [Modifiers::ALT, Modifiers::SHIFT | Modifiers::COMMAND] {
        let mut harness = cross();
        let [hub, one, two] = [0, 1, 2].map(|host| harness.state().at(host));
        // Around the hosts at the right and below, and past the one in the middle.
        let aside = vec2(40.0, 40.0);
        let way = [
            one - vec2(40.0, 60.0),
            one + vec2(40.0, -40.0),
            one + aside,
            hub + aside,
            two + aside,
            two - vec2(40.0, 0.0),
            hub + vec2(20.0, 20.0),
        ];
        pull(&mut harness, &way, modifiers);
        assert_eq!(chosen(&harness), nodes(&harness, &[1, 2]), "{modifiers:?}");
        assert_eq!(harness.state().actions, []);
    }
}

#[test]
fn all_that_are_selected_go_along_with_one_and_are_pinned_together() {
    let mut harness = cross();
    let [one, two] = [1, 2].map(|host| harness.state().at(host));
    click(&mut harness, one);
    ctrl_click(&mut harness, two);
    drag(&mut harness, one, vec2(40.0, 20.0), Modifiers::SHIFT);
    let zoom = harness.state().state.camera.sight().zoom;
    for (host, from) in [(1, Pos2::new(200.0, 0.0)), (2, Pos2::new(0.0, 200.0))] {
        let last = *pins(&harness, host).last().unwrap();
        assert!((last - (from + vec2(40.0, 20.0) / zoom)).length() < 0.5, "{host}: {last}");
    }
    assert_eq!(harness.state().state.pinned, nodes(&harness, &[1, 2]));

    harness.state_mut().state.command(GraphCommand::Pin);
    harness.run();
    assert!(harness.state().state.pinned.is_empty());
    assert!(is_unpinned(&harness, 1) && is_unpinned(&harness, 2));

    // Who is not selected goes alone.
    let three = harness.state().at(3);
    let before = pins(&harness, 1).len();
    drag(&mut harness, three, vec2(40.0, 20.0), Modifiers::NONE);
    assert!(!pins(&harness, 3).is_empty());
    assert_eq!(pins(&harness, 1).len(), before);
}

#[test]
fn all_in_view_are_selected_and_then_nobody() {
    let mut harness = cross();
    let one = harness.state().at(1);
    harness.state_mut().state.camera.fly_to(super::super::Sight { centre: Pos2::new(0.0, 0.0), zoom: 2.0 });
    harness.state_mut().state.command(GraphCommand::SelectAll);
    harness.run();
    harness.state_mut().state.command(GraphCommand::SelectAll);
    harness.run();
    assert_eq!(chosen(&harness), nodes(&harness, &[0, 1, 2, 3, 4, 5]), "those that were in view before, too");
    harness.state_mut().selection = None;
    harness.run();
    assert!(chosen(&harness).is_empty());
    harness.state_mut().state.command(GraphCommand::SelectAll);
    harness.run();
    assert!(!chosen(&harness).contains(&harness.state().net.node(5)) && !chosen(&harness).is_empty());
    assert_eq!(harness.state().selection, Some(harness.state().subject(0)));
    assert_ne!(harness.state().at(1), one);
}

#[test]
fn what_was_done_by_hand_is_taken_back_and_done_again() {
    let mut harness = cross();
    let from = harness.state().at(2);
    drag(&mut harness, from, vec2(80.0, 40.0), Modifiers::SHIFT);
    let put = *pins(&harness, 2).last().unwrap();
    let pinned = |harness: &Harness<'_, Window>| harness.state().state.pinned.contains(&harness.state().net.node(2));
    let mut command = |command| {
        harness.state_mut().actions.clear();
        harness.state_mut().state.command(command);
        harness.run();
        (pins(&harness, 2), is_unpinned(&harness, 2), pinned(&harness))
    };
    // The net stands still: where it is drawn is where it was from the beginning.
    assert_eq!(command(GraphCommand::Undo), (vec![], true, false));
    assert_eq!(command(GraphCommand::Redo), (vec![put], false, true));
    assert_eq!(command(GraphCommand::Redo), (vec![], false, true), "there is nothing more");
}

#[test]
fn who_is_hidden_is_counted_and_comes_back() {
    let mut harness = cross();
    let shows = |harness: &Harness<'_, Window>, host| harness.state().state.stage.node(harness.state().net.node(host)).is_some();
    let [one, five] = [1, 5].map(|host| harness.state().at(host));
    click(&mut harness, one);
    ctrl_click(&mut harness, five);
    harness.state_mut().state.command(GraphCommand::Hide);
    harness.run();
    assert!(!shows(&harness, 1) && !shows(&harness, 5) && shows(&harness, 0));
    assert_eq!(harness.state().state.stage.edges().len(), 3, "their links went with them");
    harness.get_by_label("hidden: 2").click();
    harness.run();
    harness.get_by_label("Show 10.0.0.6").click();
    harness.run();
    assert!(shows(&harness, 5) && !shows(&harness, 1));
    harness.get_by_label("hidden: 1");

    for (command, one, five) in [(GraphCommand::Undo, false, false), (GraphCommand::Undo, true, true), (GraphCommand::Redo, false, false)] {
        harness.state_mut().state.command(command);
        harness.run();
        assert_eq!((shows(&harness, 1), shows(&harness, 5)), (one, five), "{command:?}");
    }
}
