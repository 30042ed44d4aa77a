//! Every byte from outside is parsed here: captured packets and, beside them, other people's formats. No I/O, no clock.

pub mod packet;
