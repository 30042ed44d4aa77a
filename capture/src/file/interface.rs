//! An interface of a pcapng section: how its packets' times are to be read, and what it lost.

use graph::Time;
use wire::packet::LinkType;

use super::bytes::{Order, words};
use super::pcapng::options_of;
use super::record::Lost;

const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;
const ISB_IFDROP: u16 = 5;
const ISB_OSDROP: u16 = 7;

/// An interface as its description block tells it.
pub(super) struct Interface {
    pub(super) link: LinkType,
    /// The most bytes kept of a packet; 0 is no limit.
    pub(super) snaplen: u32,
    resolution: Resolution,
    offset_secs: i64,
    /// Its last statistics.
    counted: Option<Lost>,
    /// The sum of what its packet blocks say was lost before each.
    pub(super) dropped_between: u64,
}

/// What one tick of a timestamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    /// So many microseconds.
    Micros(u64),
    /// One of so many parts of a microsecond.
    PartOfMicro(u64),
    /// 2 to the power of minus this, in seconds.
    Binary(u32),
}

impl Interface {
    pub(super) fn parse(order: Order, body: &[u8]) -> Option<Interface> {
        let (first, rest) = body.split_first_chunk::<4>()?;
        let (link, _) = order.halves(*first);
        let ([snaplen], options) = words(order, rest)?;
        let mut interface = Interface {
            link: LinkType(link.into()),
            snaplen,
            resolution: Resolution::Micros(1),
            offset_secs: 0,
            counted: None,
            dropped_between: 0,
        };
        for (code, value) in options_of(order, options) {
            match (code, value) {
                (IF_TSRESOL, [resolution, ..]) => interface.resolution = Resolution::parse(*resolution),
                (IF_TSOFFSET, value) => {
                    interface.offset_secs = value.first_chunk().map_or(0, |v| order.u64(*v).cast_signed());
                }
                _ => {}
            }
        }
        Some(interface)
    }

    /// The time of a timestamp's two halves, from the epoch to the end of time.
    #[inline]
    pub(super) fn time(&self, high: u32, low: u32) -> Time {
        let micros = self.resolution.micros(u64::from(high) << 32 | u64::from(low));
        match self.offset_secs {
            0 => Time(micros),
            secs => Time(micros.saturating_add_signed(secs.saturating_mul(1_000_000))),
        }
    }

    /// Reads the options of a statistics block; returns whether they tell of losses.
    pub(super) fn count(&mut self, order: Order, options: &[u8]) -> bool {
        let before = self.counted;
        for (code, value) in options_of(order, options) {
            let Some(count) = value.first_chunk().map(|v| order.u64(*v)) else {
                continue;
            };
            let counted = self.counted.get_or_insert_default();
            match code {
                ISB_IFDROP => counted.interface = count,
                ISB_OSDROP => counted.kernel = count,
                _ => {}
            }
        }
        self.counted != before
    }

    /// What it lost: by its statistics, or where it has none by its packets.
    pub(super) fn lost(&self) -> Lost {
        self.counted.unwrap_or(Lost { kernel: self.dropped_between, interface: 0 })
    }
}

impl Resolution {
    /// From `if_tsresol`: a power of 10, or with the highest bit set of 2, negated.
    fn parse(resolution: u8) -> Resolution {
        let exponent = u32::from(resolution & 0x7f);
        match resolution {
            0..=6 => Resolution::Micros(10_u64.pow(6 - exponent)),
            7..=0x7f => Resolution::PartOfMicro(10_u64.checked_pow(exponent - 6).unwrap_or(u64::MAX)),
            0x80.. => Resolution::Binary(exponent),
        }
    }

    #[inline]
    fn micros(self, ticks: u64) -> u64 {
        match self {
            Resolution::Micros(1) => ticks,
            Resolution::Micros(n) => ticks.saturating_mul(n),
            Resolution::PartOfMicro(n) => ticks / n,
            Resolution::Binary(exponent) => {
                let micros = (u128::from(ticks) * 1_000_000) >> exponent;
                u64::try_from(micros).unwrap_or(u64::MAX)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resolution_reads_one_and_a_half_seconds() {
        for exponent in 1..=19_u8 {
            let ticks = 15 * 10_u64.pow(u32::from(exponent) - 1);
            let ticks = if exponent == 19 { 15_000_000_000_000_000_000 } else { ticks };
            assert_eq!(Resolution::parse(exponent).micros(ticks), 1_500_000, "10^-{exponent}");
        }
        for exponent in 1..=63_u8 {
            let ticks = 3_u64 << (exponent - 1);
            assert_eq!(Resolution::parse(0x80 | exponent).micros(ticks), 1_500_000, "2^-{exponent}");
        }
        assert_eq!(Resolution::parse(0).micros(3), 3_000_000);
        for resolution in 0..=u8::MAX {
            Resolution::parse(resolution).micros(u64::MAX);
        }
    }

    #[test]
    fn an_offset_moves_the_time_and_stops_at_the_epoch() {
        let mut options = vec![0, IF_TSOFFSET as u8, 0, 8];
        options.extend((-10_i64).to_be_bytes());
        let body = [&[0, 1, 0, 0, 0, 0, 0, 0][..], &options].concat();
        let interface = Interface::parse(Order::Big, &body).unwrap();
        assert_eq!(interface.time(0, 12_000_000), Time::from_secs(2));
        assert_eq!(interface.time(0, 1), Time::ZERO);
    }
}
