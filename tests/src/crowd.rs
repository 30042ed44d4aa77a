//! Clients that come and go, each a process of its own with one connection, and the truth of whose each connection was.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::netns::Cable;
use crate::scratch::Scratch;
use crate::wait::PATIENCE;

/// So often one comes.
const EVERY: Duration = Duration::from_millis(10);
/// The user that a program started by root alone becomes: nobody. Of its own processes it may know everything.
pub const USER: u32 = 65_534;

/// A client that came and went.
#[derive(Clone, Debug)]
pub struct Client {
    /// The number of its process.
    pub pid: u32,
    /// What its process is called; no two are called the same.
    pub name: String,
    /// From before it was started to when it was gone.
    pub lived: Duration,
}

/// A cable with a server at its far end, to which clients come from the near one.
#[derive(Debug)]
pub struct Crowd {
    /// The cable. Who watches does it at the near end, the interface `near`.
    pub cable: Cable,
    listener: TcpListener,
    programs: Scratch,
    client: PathBuf,
    came: usize,
}

impl Crowd {
    /// Lays the cable and opens the server. `client` is the program `client`, of which a copy is run.
    ///
    /// # Panics
    /// Where there is no such program, or no namespace can be made.
    pub fn new(client: &Path) -> Crowd {
        let cable = Cable::answered();
        let listener = cable.far.enter(|| TcpListener::bind((Cable::FAR, 0)).expect("an address"));
        SockRef::from(&listener).set_read_timeout(Some(PATIENCE)).expect("accept(2) gives up, too");
        let programs = Scratch::new();
        let copy = programs.path("client");
        fs::copy(client, &copy).expect("the client");
        for path in [programs.path(""), copy.clone()] {
            fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("a mode");
        }
        Crowd { cable, listener, programs, client: copy, came: 0 }
    }

    /// Whom they come to.
    ///
    /// # Panics
    /// Never: it listens.
    pub fn server(&self) -> SocketAddr {
        self.listener.local_addr().expect("an address")
    }

    /// Lets `count` clients come, one every 10 ms whether earlier ones are gone or not, each of which lives so long. Returns them by the port of
    /// their connection once all are gone.
    ///
    /// # Panics
    /// Where one does not come, or not well.
    pub fn come(&mut self, count: usize, lives: Duration) -> BTreeMap<u16, Client> {
        let names: Vec<String> = (self.came..self.came + count).map(|n| format!("client{n}")).collect();
        self.came += count;
        for name in &names {
            symlink(&self.client, self.programs.path(name)).expect("a name");
        }
        let (ports, clients) = thread::scope(|scope| {
            let ports = scope.spawn(|| serve(&self.listener, count));
            let clients = self.cable.near.enter(|| self.run(names, lives));
            (ports.join().expect("the server"), clients)
        });
        assert_eq!((ports.len(), clients.len()), (count, count), "no number and no port is used twice");
        ports.into_iter().map(|(port, pid)| (port, clients.get(&pid).expect("it told its own number").clone())).collect()
    }

    /// Runs them to their ends; returns them by number.
    fn run(&self, names: Vec<String>, lives: Duration) -> BTreeMap<u32, Client> {
        let server = self.server().to_string();
        let began = Instant::now();
        thread::scope(|scope| {
            let start = |(n, name): (u32, String)| {
                // The pace of the load, not something to wait for.
                thread::sleep((EVERY * n).saturating_sub(began.elapsed()));
                let mut command = Command::new(self.programs.path(&name));
                command.args([&server, &lives.as_millis().to_string()]).uid(USER).gid(USER);
                scope.spawn(move || run(&mut command, name))
            };
            let running: Vec<_> = (0..).zip(names).map(start).collect();
            running.into_iter().map(|client| client.join().expect("a client")).map(|client| (client.pid, client)).collect()
        })
    }
}

fn run(command: &mut Command, name: String) -> Client {
    let began = Instant::now();
    let mut child = command.spawn().expect("the client starts");
    assert!(child.wait().expect("it ends").success());
    Client { pid: child.id(), name, lived: began.elapsed() }
}

/// Takes so many connections; who says what number by which port.
fn serve(listener: &TcpListener, count: usize) -> BTreeMap<u16, u32> {
    thread::scope(|scope| {
        let mut ports = BTreeMap::new();
        for _ in 0..count {
            let (mut stream, from) = listener.accept().expect("a client");
            let mut pid = [0; 4];
            stream.read_exact(&mut pid).expect("its number");
            ports.insert(from.port(), u32::from_ne_bytes(pid));
            scope.spawn(move || io::copy(&mut stream, &mut io::sink()));
        }
        ports
    })
}
