//! `glouglou shot`: pictures of recordings and of the demo, by the real program, without a display.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use capture::file::PcapWriter;
use graph::Time;
use resvg::usvg::roxmltree::{Document, Node};
use tests::mmdb::{country, database};
use tests::run::{Ran, run};
use tests::{glouglou, scratch::Scratch};
use wire::packet::LinkType;

const LIMIT: Duration = Duration::from_secs(60);
const RAW: LinkType = LinkType(101);

fn shot(args: &[&str]) -> Ran {
    run(Command::new(glouglou()).arg("shot").args(args).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY"), LIMIT)
}

/// What is in the file that it wrote.
fn kept(path: &Path, args: &[&str]) -> Vec<u8> {
    let ran = shot(&[args, &["-o", path.to_str().unwrap()]].concat());
    assert!(ran.status.unwrap().success(), "{args:?}: {}", ran.stderr);
    assert_eq!((ran.stdout.len(), ran.stderr.as_str()), (0, ""), "nothing was wrong");
    std::fs::read(path).unwrap()
}

fn svg(scratch: &Scratch, args: &[&str]) -> String {
    String::from_utf8(kept(&scratch.path("x.svg"), args)).unwrap()
}

fn png(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    (reader.info().width, reader.info().height, pixels)
}

fn refused(args: &[&str]) -> String {
    let ran = shot(args);
    assert!(matches!(ran.status.unwrap().code(), Some(1 | 2)), "{args:?}: {}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran.stderr
}

/// Datagrams from one host to each of so many others.
fn star(scratch: &Scratch, leaves: u16) -> PathBuf {
    let leaf = |leaf: u16| [10, 10, leaf.to_be_bytes()[0], leaf.to_be_bytes()[1]];
    star_of(scratch, (1..=leaves).map(leaf))
}

/// The same to those addresses.
fn star_of(scratch: &Scratch, leaves: impl Iterator<Item = [u8; 4]>) -> PathBuf {
    let path = scratch.path("star.pcap");
    let mut writer = PcapWriter::new(std::fs::File::create(&path).unwrap(), RAW).unwrap();
    for (nth, leaf) in (1_u64..).zip(leaves) {
        let mut packet = vec![0x45, 0, 0, 28, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 9, 0, 1];
        packet.extend(leaf);
        packet.extend([0x9c, 0x40, 0, 53, 0, 8, 0, 0]);
        writer.packet(Time(5_000_000 + nth * 1_000), &packet, 28).unwrap();
    }
    path
}

fn words(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text().map(str::to_owned)).collect()
}

#[test]
fn a_recording_becomes_svg_that_names_its_hosts() {
    let scratch = Scratch::new();
    let path = star(&scratch, 4);
    let svg = svg(&scratch, &["-r", path.to_str().unwrap(), "--size", "640x480"]);
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    assert_eq!((root.tag_name().name(), root.attribute("width"), root.attribute("viewBox")), ("svg", Some("640"), Some("0 0 640 480")));
    let (words, circles) = (words(&svg), document.descendants().filter(|node| node.has_tag_name("circle")).count());
    for host in ["10.9.0.1", "10.10.0.1", "10.10.0.2", "10.10.0.3", "10.10.0.4", "Local network"] {
        assert!(words.iter().any(|word| word == host), "{host} is not in {words:?}");
    }
    assert!(circles >= 5, "{circles}");
    assert!(document.descendants().filter(|node| node.has_tag_name("line")).count() >= 4);
}

#[test]
fn png_is_as_large_as_asked_for_and_in_the_colours_of_its_theme() {
    let scratch = Scratch::new();
    let path = star(&scratch, 9);
    for (theme, ground) in [("dark", [0x0e, 0x13, 0x1b]), ("light", [0xf7, 0xf9, 0xfc])] {
        let args = ["-r", path.to_str().unwrap(), "--size", "400x300", "--scale", "2", "--theme", theme];
        let (width, height, pixels) = png(&kept(&scratch.path("x.png"), &args));
        assert_eq!((width, height, &pixels[..3]), (800, 600, &ground[..]), "{theme}");
        assert!(pixels.chunks(3).filter(|pixel| **pixel != ground).count() > 2_000, "{theme}: there is next to nothing in it");
    }
}

#[test]
fn the_same_file_size_and_seed_give_the_same_bytes() {
    let scratch = Scratch::new();
    let path = star(&scratch, 30);
    let path = path.to_str().unwrap();
    for source in [&["-r", path][..], &["--demo"]] {
        let drawn = |more: &[&str]| svg(&scratch, &[source, more].concat());
        assert_eq!(drawn(&[]), drawn(&[]));
        assert_ne!(drawn(&[]), drawn(&["--seed", "2"]));
        assert_ne!(drawn(&[]), drawn(&["--layout", "circle"]));
    }
    assert_eq!(kept(&scratch.path("a.png"), &["--demo"]), kept(&scratch.path("b.png"), &["--demo"]));
}

#[test]
fn no_label_covers_another_or_is_cut_off() {
    let scratch = Scratch::new();
    let path = star(&scratch, 600);
    let path = path.to_str().unwrap();
    for (source, size, least) in [(&["-r", path][..], "800x600", 10), (&["--demo"], "800x600", 25), (&["--demo"], "2560x1440", 45)] {
        let svg = svg(&scratch, &[source, &["--size", size]].concat());
        let document = Document::parse(&svg).unwrap();
        let number = |node: &Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<f32>().unwrap();
        let ends = |node: Node<'_, '_>| {
            let [x, y, width, height] = ["x", "y", "width", "height"].map(|name| number(&node, name));
            [x, y, x + width, y + height]
        };
        // What has no rim and round corners is the ground of a label.
        let grounds = document.descendants().filter(|node| node.has_tag_name("rect") && node.attribute("rx") == Some("4"));
        let grounds: Vec<[f32; 4]> = grounds.map(ends).collect();
        assert!(grounds.len() >= least, "{size}: {}", grounds.len());
        let (width, height) = (number(&document.root_element(), "width"), number(&document.root_element(), "height"));
        for (i, [left, top, right, bottom]) in grounds.iter().enumerate() {
            assert!(*left >= 0.0 && *top >= 0.0 && *right <= width && *bottom <= height, "{:?} is not in the picture", grounds[i]);
            let over = grounds[..i].iter().find(|[l, t, r, b]| left < r && l < right && top < b && t < bottom);
            assert_eq!(over, None, "{:?}", grounds[i]);
        }
    }
}

#[test]
fn the_demo_is_drawn_with_its_names_and_a_legend() {
    let words = words(&svg(&Scratch::new(), &["--demo"]));
    for word in ["laptop.home.example", "router.home.example", "Web", "Names", "Local network", "Internet"] {
        assert!(words.iter().any(|said| said == word), "{word} is not in {words:?}");
    }
}

#[test]
fn what_cannot_be_done_is_said_with_what_to_do() {
    let scratch = Scratch::new();
    let empty = scratch.path("empty.pcap");
    drop(PcapWriter::new(std::fs::File::create(&empty).unwrap(), RAW).unwrap());
    let (empty, out) = (empty.to_str().unwrap(), scratch.path("x.svg"));
    let out = out.to_str().unwrap();
    let nowhere = scratch.path("no/where.svg");
    let nowhere = nowhere.to_str().unwrap();
    for (args, said) in [
        (&["--demo", "-o", "x.gif"][..], &["x.gif", ".svg or .png"][..]),
        (&["--demo", "-o", nowhere], &[nowhere, "folder that is there"]),
        (&["--demo", "-o", out, "--size", "0x0"], &["0x0", "1600x1000"]),
        (&["--demo", "-o", out, "--size", "99999x99999"], &["99999x99999", "16384"]),
        (&["--demo", "-o", "x.png", "--size", "16384x16384"], &["16384×16384", "64 million"]),
        (&["--demo", "-o", out, "--scale", "100"], &["100", "0.25 to 8"]),
        (&["-r", "no-such.pcap", "-o", out], &["no-such.pcap"]),
        (&["-r", empty, "-o", out], &["empty.pcap", "nothing to draw"]),
        (&["-o", out], &["--read", "--demo"]),
        (&["--demo", "-r", empty, "-o", out], &["cannot be used"]),
        (&["--demo"], &["--output"]),
    ] {
        let refused = refused(args);
        assert!(said.iter().all(|word| refused.contains(word)), "{args:?}: {refused}");
    }
    assert!(!Path::new(out).exists(), "a picture that was refused leaves nothing");
}

#[test]
fn groups_are_by_country_where_a_database_is_named() {
    let scratch = Scratch::new();
    let leaves = [[203, 0, 113, 1], [203, 0, 113, 2], [198, 51, 100, 1], [198, 51, 100, 2]];
    let (path, countries) = (star_of(&scratch, leaves.into_iter()), scratch.path("countries.mmdb"));
    let networks = [("203.0.113.0/24", country("DE")), ("198.51.100.0/24", country("FR"))];
    std::fs::write(&countries, database("Test-Country", 4, &networks)).unwrap();
    let grouped = ["-r", path.to_str().unwrap(), "--group", "country"];
    let geoip = ["--geoip", countries.to_str().unwrap()];
    let names = |svg: &str| {
        let words = words(svg);
        ["DE", "FR"].map(|name| words.iter().filter(|word| word.split_whitespace().next() == Some(name)).count())
    };
    assert_eq!(names(&svg(&scratch, &[&grouped[..], &geoip[..]].concat())), [1, 1]);
    assert_eq!(names(&svg(&scratch, &grouped)), [0, 0]);

    let none = scratch.path("none.mmdb");
    let ran = shot(&["--demo", "--geoip", none.to_str().unwrap(), "-o", scratch.path("y.svg").to_str().unwrap()]);
    assert!(ran.stderr.contains("none.mmdb"), "{}", ran.stderr);
}
