//! The numbers that the protocol gives to what the model has words for.

use graph::{Attribution, Basis, Confidence, EndReason, Exit, NameOrigin, Unread};

/// The status of a hop that answered …
pub(super) const ANSWERED: u8 = 0;
/// … and of one that did not.
pub(super) const SILENT: u8 = 1;
/// `exit_signal` of a process whose end nobody saw.
const UNSEEN: u32 = u32::MAX;
/// What a parent gets when a child ends, usually (SIGCHLD).
const SIGCHLD: u32 = 17;
/// It left its memory behind (wait(2)).
const CORE: u32 = 0x80;

const REASONS: [EndReason; 5] = [EndReason::Fin, EndReason::Reset, EndReason::Idle, EndReason::Evicted, EndReason::Finished];
const ORIGINS: [NameOrigin; 8] = [
    NameOrigin::Ptr,
    NameOrigin::Dns,
    NameOrigin::Mdns,
    NameOrigin::Dhcp,
    NameOrigin::Sni,
    NameOrigin::HttpHost,
    NameOrigin::Manual,
    NameOrigin::Netbios,
];
const BASES: [Basis; 4] = [Basis::FirstSeen, Basis::Port, Basis::Conntrack, Basis::Handshake];
const ATTRIBUTIONS: [Attribution; 3] = [Attribution::Listener, Attribution::Port, Attribution::Exact];
const UNREAD: [Unread; 4] = [Unread::Gone, Unread::Denied, Unread::Kernel, Unread::Untold];
const CONFIDENCES: [(Confidence, u8); 3] = [(Confidence::Guess, 30), (Confidence::Likely, 70), (Confidence::Certain, 100)];

/// Where it stands among those that the protocol counts, from `first` on.
fn number<T: PartialEq>(all: &[T], one: &T, first: u8) -> u8 {
    all.iter().zip(first..).find(|(known, _)| *known == one).map_or(first, |(_, number)| number)
}

fn at<T: Copy>(all: &[T], number: u8, first: u8) -> Option<T> {
    all.get(usize::from(number.checked_sub(first)?)).copied()
}

pub(super) fn of_reason(reason: EndReason) -> u8 {
    number(&REASONS, &reason, 0)
}

/// One that is not known is the end all the same.
pub(super) fn reason(number: u8) -> EndReason {
    at(&REASONS, number, 0).unwrap_or(EndReason::Finished)
}

pub(super) fn of_origin(origin: NameOrigin) -> u8 {
    number(&ORIGINS, &origin, 0)
}

pub(super) fn origin(number: u8) -> Option<NameOrigin> {
    at(&ORIGINS, number, 0)
}

pub(super) fn of_basis(basis: Basis) -> u8 {
    number(&BASES, &basis, 0)
}

pub(super) fn basis(number: u8) -> Option<Basis> {
    at(&BASES, number, 0)
}

pub(super) fn of_attribution(how: Attribution) -> u8 {
    number(&ATTRIBUTIONS, &how, 1)
}

pub(super) fn attribution(number: u8) -> Option<Attribution> {
    at(&ATTRIBUTIONS, number, 1)
}

/// Zero is: it was read.
pub(super) fn of_unread<T>(read: &Result<T, Unread>) -> u8 {
    read.as_ref().err().map_or(0, |unread| number(&UNREAD, unread, 1))
}

pub(super) fn unread(number: u8) -> Option<Unread> {
    at(&UNREAD, number, 1)
}

pub(super) fn of_confidence(confidence: Confidence) -> u8 {
    CONFIDENCES.iter().find(|(known, _)| *known == confidence).map_or(0, |(_, hundredths)| *hundredths)
}

/// The surest that so many hundredths reach.
pub(super) fn confidence(hundredths: u8) -> Confidence {
    CONFIDENCES.iter().rev().find(|(_, least)| hundredths >= *least).map_or(Confidence::Guess, |(confidence, _)| *confidence)
}

/// Code and signal.
pub(super) fn of_exit(exit: Exit) -> (u32, u32) {
    match exit {
        Exit::Code(code) => (u32::from(code) << 8, SIGCHLD),
        Exit::Signal { number, core } => (u32::from(number) & 0x7F | if core { CORE } else { 0 }, SIGCHLD),
        Exit::Unseen => (0, UNSEEN),
    }
}

pub(super) fn exit(code: u32, signal: u32) -> Exit {
    match (code & 0x7F, signal) {
        (_, UNSEEN) => Exit::Unseen,
        (0, _) => Exit::Code((code >> 8) as u8),
        (number, _) => Exit::Signal { number: number as u8, core: code & CORE != 0 },
    }
}
