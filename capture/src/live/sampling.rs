//! One packet in so many, chosen by the kernel: the others cost nothing but the choice.
//!
//! libpcap's expressions have no word for chance, but the kernel's filters have (`SKF_AD_RANDOM`, Linux 3.16). So what libpcap made of an expression is read back
//! from the socket, as it stands there, and set again behind a few instructions that let one packet in so many pass.

use std::io;
use std::mem::size_of_val;
use std::os::fd::{AsRawFd, BorrowedFd};

use nix::libc::{self, sock_filter};

/// The kernel takes no longer program (BPF_MAXINSNS).
const MAX_INSTRUCTIONS: usize = 4096;
/// Loads a random number: `ld rand`.
const LOAD_RANDOM: sock_filter = sock_filter { code: 0x20, jt: 0, jf: 0, k: 0xFFFF_F038 };
/// Passes over the next instruction where the remainder is zero.
const SKIP_IF_ZERO: sock_filter = sock_filter { code: 0x15, jt: 1, jf: 0, k: 0 };
/// Takes nothing of the packet.
const DROP: sock_filter = sock_filter { code: 0x06, jt: 0, jf: 0, k: 0 };

/// Of what the socket's filter takes, takes one packet in `n` from now on; a filter that is set later takes all again.
pub(super) fn take_one_in(socket: BorrowedFd<'_>, n: u32) -> io::Result<()> {
    if n <= 1 {
        return Ok(());
    }
    let remainder = sock_filter { code: 0x94, jt: 0, jf: 0, k: n };
    let program = [&[LOAD_RANDOM, remainder, SKIP_IF_ZERO, DROP], &attached(socket)?[..]].concat();
    attach(socket, &program)
}

/// The filter that the socket has.
fn attached(socket: BorrowedFd<'_>) -> io::Result<Vec<sock_filter>> {
    let mut program = vec![DROP; MAX_INSTRUCTIONS];
    let mut len = MAX_INSTRUCTIONS as libc::socklen_t;
    // SAFETY: the kernel writes at most `len` instructions (it counts those, not bytes), for which there is room; `sock_filter` is any bits.
    #[allow(unsafe_code, reason = "nix does not know this option")]
    let done =
        unsafe { libc::getsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_GET_FILTER, program.as_mut_ptr().cast(), &raw mut len) };
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    program.truncate(len as usize);
    Ok(program)
}

fn attach(socket: BorrowedFd<'_>, program: &[sock_filter]) -> io::Result<()> {
    let len = u16::try_from(program.len()).map_err(io::Error::other)?;
    // The kernel only reads it.
    let program = libc::sock_fprog { len, filter: program.as_ptr().cast_mut() };
    let size = size_of_val(&program) as libc::socklen_t;
    // SAFETY: `program` points to `len` instructions that outlive the call, and the kernel copies them.
    #[allow(unsafe_code, reason = "nix does not know this option")]
    let done = unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, (&raw const program).cast(), size) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    use super::*;

    /// A filter that takes all of what it sees.
    const TAKE: sock_filter = sock_filter { code: 0x06, jt: 0, jf: 0, k: u32::MAX };

    #[test]
    fn one_in_so_many_passes_and_the_filter_behind_it_has_its_say() {
        const SENT: u32 = 2_000;
        let hears = |n, behind| {
            let [from, to] = [0, 1].map(|_| UdpSocket::bind("127.0.0.1:0").unwrap());
            attach(to.as_fd(), &[behind]).unwrap();
            take_one_in(to.as_fd(), n).unwrap();
            to.set_nonblocking(true).unwrap();
            let mut heard = 0;
            for _ in 0..SENT {
                // On loopback it is there, or nowhere, once it is sent.
                from.send_to(b"x", to.local_addr().unwrap()).unwrap();
                heard += u32::from(to.recv(&mut [0]).is_ok());
            }
            heard
        };
        assert_eq!((hears(1, TAKE), hears(1, DROP), hears(4, DROP)), (SENT, 0, 0));
        let heard = hears(4, TAKE);
        // Six standard deviations of what chance brings: √(2000 · ¼ · ¾) = 19.4.
        assert!((384..=616).contains(&heard), "{heard} of {SENT}");
    }
}
