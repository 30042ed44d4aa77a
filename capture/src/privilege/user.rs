//! Whom a root process becomes.

use std::ffi::CString;

use nix::unistd::{Gid, Uid, User};

use super::PrivilegeError;

/// The number that means "nobody" where no user of that name exists.
const NOBODY: u32 = 65534;

/// A user: numbers always, an entry in the user database where there is one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Identity {
    pub(crate) uid: Uid,
    pub(crate) gid: Gid,
    /// The entry, with name and home.
    pub(super) user: Option<User>,
}

impl Identity {
    /// The real user of a set-user-ID program (the environment is its caller's, and is not believed), else who called
    /// `sudo` or `pkexec` (their environment is root's own), else nobody.
    pub(super) fn choose(real: Uid, variable: impl Fn(&str) -> Option<String>) -> Result<Identity, PrivilegeError> {
        if !real.is_root() {
            return Ok(Identity::of(real));
        }
        let number = |name: &'static str| match variable(name) {
            None => Ok(None),
            Some(value) => value.parse::<u32>().map(Some).map_err(|_| PrivilegeError::Variable { variable: name, value }),
        };
        for name in ["SUDO_UID", "PKEXEC_UID"] {
            if let Some(uid) = number(name)?.filter(|uid| *uid != 0 && *uid != u32::MAX) {
                let mut identity = Identity::of(Uid::from_raw(uid));
                if identity.user.is_none() {
                    identity.gid = number("SUDO_GID")?.filter(|gid| *gid != 0).map_or(Gid::from_raw(NOBODY), Gid::from_raw);
                }
                return Ok(identity);
            }
        }
        Ok(Identity::nobody())
    }

    /// The user of that number.
    pub(super) fn of(uid: Uid) -> Identity {
        let user = User::from_uid(uid).ok().flatten();
        let gid = user.as_ref().map_or_else(Gid::effective, |user| user.gid);
        Identity { uid, gid, user }
    }

    /// The user that the process acts for now.
    pub(super) fn current() -> Identity {
        Identity { gid: Gid::effective(), ..Identity::of(Uid::effective()) }
    }

    /// The user that owns nothing.
    pub(crate) fn nobody() -> Identity {
        match User::from_name("nobody").ok().flatten().filter(|user| !user.uid.is_root()) {
            Some(user) => Identity { uid: user.uid, gid: user.gid, user: Some(user) },
            None => Identity { uid: Uid::from_raw(NOBODY), gid: Gid::from_raw(NOBODY), user: None },
        }
    }

    /// The user of that name, who must not be root.
    pub(super) fn named(name: &str) -> Result<Identity, PrivilegeError> {
        let user = User::from_name(name).ok().flatten().filter(|user| !user.uid.is_root() && user.gid.as_raw() != 0);
        let user = user.ok_or_else(|| PrivilegeError::User(name.to_owned()))?;
        Ok(Identity { uid: user.uid, gid: user.gid, user: Some(user) })
    }

    /// The name, or the number.
    pub(super) fn name(&self) -> String {
        self.user.as_ref().map_or_else(|| self.uid.to_string(), |user| user.name.clone())
    }

    /// The name as the kernel's callers want it.
    pub(super) fn c_name(&self) -> Option<CString> {
        CString::new(self.user.as_ref()?.name.as_bytes()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(real: u32, variables: &[(&str, &str)]) -> Result<u32, String> {
        let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Identity::choose(Uid::from_raw(real), variable).map(|i| i.uid.as_raw()).map_err(|e| e.to_string())
    }

    #[test]
    fn the_invoking_user_else_nobody() {
        assert_eq!(choose(0, &[("SUDO_UID", "4242"), ("SUDO_GID", "4243")]), Ok(4242));
        assert_eq!(choose(0, &[("PKEXEC_UID", "4242")]), Ok(4242));
        assert_eq!(choose(0, &[]), Ok(NOBODY));
        assert_eq!(choose(0, &[("SUDO_UID", "0")]), Ok(NOBODY));
        assert_eq!(choose(0, &[("SUDO_UID", "me")]), Err("SUDO_UID is no user or group number: \"me\"".into()));
    }

    #[test]
    fn who_is_named_is_there_and_not_root() {
        assert_eq!(Identity::named("daemon").unwrap().uid.as_raw(), 1);
        for name in ["root", "no such user", ""] {
            assert_eq!(Identity::named(name).unwrap_err().to_string(), format!("no user but root is called {name:?}"));
        }
    }

    #[test]
    fn the_caller_of_a_set_user_id_program_cannot_choose() {
        assert_eq!(choose(4242, &[("SUDO_UID", "1")]), Ok(4242));
    }

    #[test]
    fn a_user_without_an_entry_has_the_group_that_sudo_says() {
        let variable = |name: &str| Some(if name == "SUDO_UID" { "4242" } else { "4243" }.to_owned());
        let identity = Identity::choose(Uid::from_raw(0), variable).unwrap();
        assert_eq!((identity.gid.as_raw(), identity.user), (4243, None));
    }
}
