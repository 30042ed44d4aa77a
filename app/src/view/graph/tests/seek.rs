//! Finding, bringing out, and going back.

use graph::Node;

use super::*;

fn command(harness: &mut Harness<'_, Window>, command: GraphCommand) {
    harness.state_mut().state.command(command);
    harness.run();
}

fn select(harness: &mut Harness<'_, Window>, hosts: &[usize]) {
    for (nth, host) in hosts.iter().enumerate() {
        let (node, window) = (harness.state().net.node(*host), harness.state_mut());
        match nth {
            0 => window.selection = Some(node.subject()),
            _ => window.state.chosen.toggle(node, &mut window.selection),
        }
        harness.run();
    }
}

/// The hosts that are not dimmed.
fn bright(harness: &Harness<'_, Window>) -> Vec<usize> {
    let Window { net, state, .. } = harness.state();
    (0..net.snapshot.hosts.len()).filter(|host| state.stage.node(net.node(*host)).is_some_and(|node| node.opacity > 0.9)).collect()
}

/// The pairs of hosts whose links are not dimmed.
fn bright_links(harness: &Harness<'_, Window>) -> Vec<(usize, usize)> {
    let Window { net, state, .. } = harness.state();
    let number = |id: Node| (0..6).find(|host| net.node(*host) == id).unwrap();
    let lit = state.stage.edges().iter().filter(|edge| edge.opacity > 0.9).filter_map(|edge| state.stage.ends(edge));
    let mut lit: Vec<_> = lit.map(|(a, b)| (number(a.id).min(number(b.id)), number(a.id).max(number(b.id)))).collect();
    lit.sort_unstable();
    lit
}

fn find(harness: &mut Harness<'_, Window>, text: &str) {
    if !harness.state().state.find.is_open() {
        harness.state_mut().state.find.open();
        harness.run();
    }
    harness.get_by_label("Find in the graph").type_text(text);
    harness.run();
}

#[test]
fn what_is_typed_brings_out_whom_it_matches_and_enter_walks_through_them() {
    let mut harness = cross();
    find(&mut harness, "10.0.0.");
    harness.get_by_label("6 matches");
    find(&mut harness, "3");
    harness.get_by_label("1 match");
    assert_eq!(bright(&harness), [2]);
    harness.key_press(egui::Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Find in the graph").is_none());
    assert_eq!((bright(&harness).len(), harness.state().selection), (6, None), "all is as it was before");

    find(&mut harness, "ROUTER");
    assert_eq!(bright(&harness), [0], "by its name");
    harness.state_mut().state.find.close();
    harness.run();
    find(&mut harness, ".0.");
    let mut walked = Vec::new();
    for (modifiers, _) in [(Modifiers::NONE, 1), (Modifiers::NONE, 2), (Modifiers::SHIFT, 1), (Modifiers::SHIFT, 6)] {
        harness.key_press_modifiers(modifiers, egui::Key::Enter);
        harness.run();
        walked.push(harness.state().selection.unwrap());
    }
    harness.get_by_label("6 of 6 matches");
    assert!(walked[0] == walked[2] && walked[0] != walked[1] && walked[1] != walked[3] && walked[0] != walked[3], "{walked:?}");
}

#[test]
fn nobody_who_matches_is_said() {
    let mut harness = cross();
    find(&mut harness, "nowhere");
    harness.get_by_label("no match");
    assert_eq!(bright(&harness), Vec::<usize>::new());
    harness.key_press(egui::Key::Enter);
    harness.run();
    assert_eq!(harness.state().selection, None);
    harness.get_by_label("Stop finding").click();
    harness.run();
    assert_eq!(bright(&harness).len(), 6);
}

#[test]
fn a_host_is_found_by_the_process_that_talks_with_it() {
    let net = Net::of(3, &[(0, 1, 443, 4000), (0, 2, 443, 3000)]).placed(&[(0.0, 100.0), (200.0, 0.0), (0.0, 200.0)]);
    let mut net = net.process(2, 0, "curl", 1000, (0.0, 0.0)).owned(0, 1, 443, 2);
    net.cast = None;
    net.look();
    let mut harness = Window::open(net);
    find(&mut harness, "curl");
    assert_eq!(bright(&harness), [0, 1]);
}

#[test]
fn neighbours_are_brought_out_step_by_step() {
    let mut harness = cross();
    select(&mut harness, &[5]);
    command(&mut harness, GraphCommand::Focus);
    assert_eq!((bright(&harness), bright_links(&harness)), (vec![1, 5], vec![(1, 5)]));
    command(&mut harness, GraphCommand::Focus);
    assert_eq!((bright(&harness), bright_links(&harness)), (vec![0, 1, 5], vec![(0, 1), (1, 5)]));
    harness.get_by_label("All that are linked with them").click();
    harness.run();
    assert_eq!((bright(&harness).len(), bright_links(&harness).len()), (6, 5));
    harness.get_by_label("Neighbours that are 1 link away").click();
    harness.run();
    assert_eq!(bright(&harness), [1, 5]);
    command(&mut harness, GraphCommand::Narrow);
    assert_eq!(bright(&harness).len(), 6);
    assert!(harness.query_by_label("Neighbours that are 1 link away").is_none());

    select(&mut harness, &[3, 5]);
    command(&mut harness, GraphCommand::Focus);
    assert_eq!(bright(&harness), [0, 1, 3, 5], "around both");
}

/// 0 and 3 are linked by 1 and by 2; by 2 more is carried. 4 and 5 talk only to each other.
fn ways() -> Harness<'static, Window> {
    let links = [(0, 1, 443, 500), (1, 3, 443, 500), (0, 2, 443, 400), (2, 3, 443, 9000), (4, 5, 443, 100)];
    let places = [(0.0, 0.0), (100.0, -100.0), (100.0, 100.0), (200.0, 0.0), (0.0, 250.0), (200.0, 250.0)];
    Window::open(Net::of(6, &links).placed(&places))
}

#[test]
fn the_shortest_path_that_carries_the_most_is_brought_out() {
    let mut harness = ways();
    select(&mut harness, &[0, 3]);
    command(&mut harness, GraphCommand::Path);
    harness.get_by_label("10.0.0.1 to 10.0.0.4: 2 links");
    assert_eq!((bright(&harness), bright_links(&harness)), (vec![0, 2, 3], vec![(0, 2), (2, 3)]));
    harness.get_by_label("Bring out everything").click();
    harness.run();
    assert_eq!(bright(&harness).len(), 6);

    select(&mut harness, &[0, 5]);
    command(&mut harness, GraphCommand::Path);
    harness.get_by_label("10.0.0.1 to 10.0.0.6: no path");
    assert_eq!(bright(&harness), [0, 5]);
    assert!(harness.state_mut().state.cancel() && !harness.state_mut().state.cancel());
}

#[test]
fn one_goes_back_to_what_was_seen_before_and_forward_again() {
    let mut harness = cross();
    let all = bright(&harness);
    select(&mut harness, &[5]);
    command(&mut harness, GraphCommand::Focus);
    let (near, sight) = (bright(&harness), harness.state().state.camera.sight());
    find(&mut harness, "router");
    assert_eq!(bright(&harness), [0]);
    let mut travel = |forward| {
        let went = harness.state_mut().state.travel(forward).is_some();
        harness.run();
        went.then(|| bright(&harness))
    };
    assert_eq!(travel(false), Some(near.clone()));
    assert_eq!(travel(false), Some(all.clone()));
    assert_eq!(travel(false), None);
    assert_eq!(travel(true), Some(near));
    assert_eq!(travel(true), Some(vec![0]));
    assert_eq!(travel(true), None);
    let away = harness.state().state.camera.sight().centre - sight.centre;
    assert!(away.length() < 1.0, "{away}");
    assert!(harness.query_by_label("Find in the graph").is_some());
}

#[test]
fn the_fourth_and_the_fifth_button_lead_back_and_forward() {
    let mut harness = cross();
    let at = harness.state().at(0);
    harness.hover_at(at);
    for button in [PointerButton::Extra1, PointerButton::Extra2] {
        for pressed in [true, false] {
            harness.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
        }
    }
    harness.run();
    assert_eq!(harness.state().actions, [GraphCommand::Back, GraphCommand::Forward].map(Action::Graph));
    assert_eq!(harness.state().selection, None);
}
