//! The classic BPF machine (McCanne and Jacobson, "The BSD Packet Filter", 1993): an accumulator, an index register
//! and sixteen words of memory.

use pcap::BpfInstruction;

/// Steps after which a program is stopped. Only `protochain` loops at all, once a header, and in a packet that is made for it for ever.
const MAX_STEPS: usize = 65_536;

/// A program whose instructions are all known.
#[derive(Clone, Debug)]
pub(super) struct Program {
    instructions: Box<[Instruction]>,
}

#[derive(Clone, Copy, Debug)]
enum Instruction {
    /// Loads the accumulator.
    Load(Source),
    /// Loads the index register.
    LoadIndex(Source),
    Store(u32),
    StoreIndex(u32),
    /// Computes with the accumulator and the operand.
    Compute(Arithmetic, Operand),
    Negate,
    /// Goes on so many instructions further.
    Jump(u32),
    /// Compares the accumulator, and skips so many instructions where it holds, or where not.
    Branch {
        test: Test,
        with: Operand,
        yes: u8,
        no: u8,
    },
    Return(Operand),
    ReturnAccumulator,
    IndexToAccumulator,
    AccumulatorToIndex,
}

/// Where a load takes its value from.
#[derive(Clone, Copy, Debug)]
enum Source {
    Immediate(u32),
    /// `size` bytes of the packet from an offset, and from the index register on where `indexed`.
    Packet {
        offset: u32,
        size: u8,
        indexed: bool,
    },
    Memory(u32),
    /// The length on the wire.
    Length,
    /// Four times the lower half of a byte: the length of an IPv4 header.
    HeaderLength(u32),
}

#[derive(Clone, Copy, Debug)]
enum Operand {
    Constant(u32),
    Index,
}

#[derive(Clone, Copy, Debug)]
enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Or,
    And,
    Xor,
    ShiftLeft,
    ShiftRight,
}

#[derive(Clone, Copy, Debug)]
enum Test {
    Equal,
    Greater,
    GreaterOrEqual,
    AnyBit,
}

impl Program {
    /// Reads what libpcap compiled. None where it holds what no classic program holds.
    pub(super) fn parse(compiled: &[BpfInstruction]) -> Option<Program> {
        let instructions = compiled.iter().map(|i| parse(&i.to_string())).collect::<Option<_>>()?;
        Some(Program { instructions })
    }

    /// What the program returns for a packet: how many bytes to keep, none being no match. Nothing where it is stopped: a packet may be made so that
    /// its headers go round.
    pub(super) fn run(&self, data: &[u8], wire_len: u32) -> Option<u32> {
        let (mut a, mut x, mut memory) = (0_u32, 0_u32, [0_u32; 16]);
        let mut next = 0_usize;
        for _ in 0..MAX_STEPS {
            let Some(instruction) = self.instructions.get(next) else {
                return Some(0);
            };
            next += 1;
            let operand = |operand| match operand {
                Operand::Constant(k) => k,
                Operand::Index => x,
            };
            match *instruction {
                Instruction::Load(source) => match load(source, data, wire_len, x, &memory) {
                    Some(value) => a = value,
                    None => return Some(0),
                },
                Instruction::LoadIndex(source) => match load(source, data, wire_len, x, &memory) {
                    Some(value) => x = value,
                    None => return Some(0),
                },
                Instruction::Store(at) => set(&mut memory, at, a),
                Instruction::StoreIndex(at) => set(&mut memory, at, x),
                Instruction::Compute(how, with) => match compute(how, a, operand(with)) {
                    Some(value) => a = value,
                    None => return Some(0),
                },
                Instruction::Negate => a = a.wrapping_neg(),
                // Backwards is a large number: it wraps.
                Instruction::Jump(by) => next = next.wrapping_add_signed(by.cast_signed() as isize),
                Instruction::Branch { test, with, yes, no } => {
                    let holds = compare(test, a, operand(with));
                    next += usize::from(if holds { yes } else { no });
                }
                Instruction::Return(value) => return Some(operand(value)),
                Instruction::ReturnAccumulator => return Some(a),
                Instruction::IndexToAccumulator => a = x,
                Instruction::AccumulatorToIndex => x = a,
            }
        }
        None
    }

    /// Whether it goes back anywhere, and may so go round.
    pub(super) fn loops(&self) -> bool {
        self.instructions.iter().any(|instruction| matches!(instruction, Instruction::Jump(by) if by.cast_signed() < 0))
    }
}

/// An instruction as libpcap's are printed: code, the two jumps, and the constant.
fn parse(printed: &str) -> Option<Instruction> {
    let mut numbers = printed.split(' ').map(str::parse::<u32>);
    let mut number = || numbers.next()?.ok();
    let (code, yes, no, k) = (number()?, number()?, number()?, number()?);
    let with = if code & 0x08 == 0 { Operand::Constant(k) } else { Operand::Index };
    Some(match code & 0x07 {
        0 => Instruction::Load(source(code, k)?),
        1 => Instruction::LoadIndex(source(code, k)?),
        2 => Instruction::Store(k),
        3 => Instruction::StoreIndex(k),
        4 if code & 0xf0 == 0x80 => Instruction::Negate,
        4 => Instruction::Compute(arithmetic(code)?, with),
        5 if code & 0xf0 == 0 => Instruction::Jump(k),
        5 => Instruction::Branch { test: test(code)?, with, yes: u8::try_from(yes).ok()?, no: u8::try_from(no).ok()? },
        6 if code & 0x18 == 0x10 => Instruction::ReturnAccumulator,
        6 => Instruction::Return(with),
        _ if code & 0xf8 == 0x80 => Instruction::IndexToAccumulator,
        _ => Instruction::AccumulatorToIndex,
    })
}

fn source(code: u32, k: u32) -> Option<Source> {
    let size = match code & 0x18 {
        0x00 => 4,
        0x08 => 2,
        0x10 => 1,
        _ => return None,
    };
    Some(match code & 0xe0 {
        0x00 => Source::Immediate(k),
        0x20 => Source::Packet { offset: k, size, indexed: false },
        0x40 => Source::Packet { offset: k, size, indexed: true },
        0x60 => Source::Memory(k),
        0x80 => Source::Length,
        0xa0 => Source::HeaderLength(k),
        _ => return None,
    })
}

fn arithmetic(code: u32) -> Option<Arithmetic> {
    Some(match code & 0xf0 {
        0x00 => Arithmetic::Add,
        0x10 => Arithmetic::Subtract,
        0x20 => Arithmetic::Multiply,
        0x30 => Arithmetic::Divide,
        0x40 => Arithmetic::Or,
        0x50 => Arithmetic::And,
        0x60 => Arithmetic::ShiftLeft,
        0x70 => Arithmetic::ShiftRight,
        0x90 => Arithmetic::Modulo,
        0xa0 => Arithmetic::Xor,
        _ => return None,
    })
}

fn test(code: u32) -> Option<Test> {
    Some(match code & 0xf0 {
        0x10 => Test::Equal,
        0x20 => Test::Greater,
        0x30 => Test::GreaterOrEqual,
        0x40 => Test::AnyBit,
        _ => return None,
    })
}

#[inline]
fn load(source: Source, data: &[u8], wire_len: u32, x: u32, memory: &[u32; 16]) -> Option<u32> {
    match source {
        Source::Immediate(k) => Some(k),
        Source::Packet { offset, size, indexed } => {
            let offset = if indexed { x.checked_add(offset)? } else { offset };
            let rest = data.get(offset as usize..)?;
            match size {
                1 => rest.first().map(|b| u32::from(*b)),
                2 => rest.first_chunk().map(|b| u32::from(u16::from_be_bytes(*b))),
                _ => rest.first_chunk().map(|b| u32::from_be_bytes(*b)),
            }
        }
        Source::Memory(at) => memory.get(at as usize).copied(),
        Source::Length => Some(wire_len),
        Source::HeaderLength(at) => data.get(at as usize).map(|b| u32::from(b & 0x0f) * 4),
    }
}

/// None for a division by zero, which matches nothing.
fn compute(how: Arithmetic, a: u32, b: u32) -> Option<u32> {
    Some(match how {
        Arithmetic::Add => a.wrapping_add(b),
        Arithmetic::Subtract => a.wrapping_sub(b),
        Arithmetic::Multiply => a.wrapping_mul(b),
        Arithmetic::Divide => return a.checked_div(b),
        Arithmetic::Modulo => return a.checked_rem(b),
        Arithmetic::Or => a | b,
        Arithmetic::And => a & b,
        Arithmetic::Xor => a ^ b,
        Arithmetic::ShiftLeft => a.checked_shl(b).unwrap_or(0),
        Arithmetic::ShiftRight => a.checked_shr(b).unwrap_or(0),
    })
}

fn compare(test: Test, a: u32, b: u32) -> bool {
    match test {
        Test::Equal => a == b,
        Test::Greater => a > b,
        Test::GreaterOrEqual => a >= b,
        Test::AnyBit => a & b != 0,
    }
}

fn set(memory: &mut [u32; 16], at: u32, value: u32) {
    if let Some(word) = memory.get_mut(at as usize) {
        *word = value;
    }
}
