//! Questions whether the other end is there, and what their answers tell: how far it is, and what its clock says.

use std::time::Duration;

use graph::Time;
use wire::glouglou::session::Random;
use wire::glouglou::{Content, ContentHead, Packer, Ping, Record};

use super::Way;

/// The question that waits for its answer, and what the last answer told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pings {
    asked: Option<Ping>,
    told: Way,
}

impl Pings {
    /// What the last answer told.
    pub(super) const fn way(&self) -> Way {
        self.told
    }

    /// Looks at what came. The content to send back, where it asks; with a question of one's own if one `wants` to know, too.
    pub(super) fn hear(&mut self, wall: Time, content: &[u8], wants: bool, random: &mut impl Random) -> Option<Vec<u8>> {
        let content = Content::parse(content).ok()?;
        let mut answer = Packer::new(head(wall));
        // They stand first, and alone.
        for timed in content.records().map_while(Result::ok) {
            match timed.record {
                Record::Ping(ping) => answer.push(&Record::PingRes(ping), 0, &[]).ok()?,
                Record::PingRes(ping) => self.answered(wall, &content.head, ping),
                _ => break,
            }
        }
        if answer.is_empty() {
            return None;
        }
        if wants {
            answer.push(&self.question(wall, random), 0, &[]).ok()?;
        }
        Some(answer.finish())
    }

    /// The content that asks.
    pub(super) fn ask(&mut self, wall: Time, random: &mut impl Random) -> Vec<u8> {
        let mut packer = Packer::new(head(wall));
        let _it_fits = packer.push(&self.question(wall, random), 0, &[]);
        packer.finish()
    }

    fn question(&mut self, wall: Time, random: &mut impl Random) -> Record<'static> {
        let ping = Ping { random: random.number(), t_us: wall.micros() };
        self.asked = Some(ping);
        Record::Ping(ping)
    }

    /// What it was asked with is its answer's: nobody else knows it.
    fn answered(&mut self, wall: Time, head: &ContentHead, ping: Ping) {
        if self.asked.take_if(|asked| *asked == ping).is_none() {
            return;
        }
        let took = wall.micros().saturating_sub(ping.t_us);
        let halfway = ping.t_us.saturating_add(took / 2);
        self.told.round_trip = Some(Duration::from_micros(took));
        self.told.clock_offset_us = Some(head.t_base_us.cast_signed().saturating_sub(halfway.cast_signed()));
    }
}

/// The head of a content that tells of no event.
pub(in crate::remote) const fn head(wall: Time) -> ContentHead {
    ContentHead { t_base_us: wall.micros(), first_event_seq: 0, snapshot: false, sampling_n: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_ahead_is_seen_to_be() {
        let mut random = |bytes: &mut [u8]| bytes.fill(3);
        let (mut here, mut there) = (Pings::default(), Pings::default());
        let mut packer = Packer::new(head(Time(1_000)));
        packer.push(&Record::Ping(Ping { random: 5, t_us: 1_000 }), 0, &[]).unwrap();
        // It takes 4 ms there and back, and the clock there is an hour ahead.
        let ahead = 3_600_000_000;
        let asked = here.hear(Time(10_000), &packer.finish(), true, &mut random).unwrap();
        let answered = there.hear(Time(12_000 + ahead), &asked, false, &mut random).unwrap();
        assert_eq!(here.hear(Time(14_000), &answered, true, &mut random), None);
        let expected = Way { from: None, round_trip: Some(Duration::from_millis(4)), clock_offset_us: Some(ahead as i64) };
        assert_eq!(here.way(), expected);
        // The same answer once more tells nothing.
        assert_eq!(here.hear(Time(90_000), &answered, true, &mut random), None);
        assert_eq!(here.way(), expected);
    }
}
