//! A picture of what the view shows.

use std::path::PathBuf;

use resvg::usvg::roxmltree::{Document, Node};

use super::*;
use crate::state::saving::Wanted;

fn saved(harness: &mut Harness<'_, Window>) -> String {
    harness.state_mut().actions.clear();
    harness.state_mut().state.wanted = Some(Wanted { path: PathBuf::from("x.svg"), times: 2 });
    harness.run();
    let kept: Vec<_> = harness.state_mut().actions.drain(..).collect();
    let [Action::KeepPicture { path, svg }] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!(*path, PathBuf::from("x.svg"));
    svg.clone()
}

fn number(node: &Node<'_, '_>, name: &str) -> f32 {
    node.attribute(name).unwrap().parse().unwrap()
}

#[test]
fn a_picture_shows_what_is_on_the_screen_where_it_is() {
    let mut harness = cross();
    let hub = harness.state().at(0);
    click(&mut harness, hub);
    let svg = saved(&mut harness);
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    // The view has a margin in its window; the picture has none.
    let margin = vec2(8.0, 8.0);
    assert_eq!((number(&root, "width"), root.attribute("viewBox")), (2.0 * 984.0, Some("0 0 984 784")));
    let circles: Vec<Pos2> = document
        .descendants()
        .filter(|node| node.has_tag_name("circle"))
        .map(|node| Pos2::new(number(&node, "cx"), number(&node, "cy")))
        .collect();
    for host in 0..6 {
        let at = harness.state().at(host) - margin;
        assert!(circles.iter().any(|circle| circle.distance(at) < 0.1), "host {host} at {at} is not among {circles:?}");
    }
    let names: Vec<&str> = document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect();
    let shown: Vec<String> = harness.state().state.labels.shown().iter().map(|label| label.text().to_owned()).collect();
    assert!(shown.len() >= 5 && shown.iter().all(|name| names.contains(&name.as_str())), "{shown:?} of {names:?}");
    assert!(names.contains(&"Web") && svg.contains("radialGradient"), "the legend, and the light of what is selected");
}

#[test]
fn a_picture_is_made_once() {
    let mut harness = cross();
    saved(&mut harness);
    harness.run();
    assert_eq!(harness.state().actions, []);
}
