//! The capture filter: what stands in its field, and what libpcap said of it.

use crossbeam_channel::Receiver;

/// A BPF filter in the making.
#[derive(Debug, Default)]
pub struct Filter {
    /// What stands in the field.
    pub text: String,
    /// What is in force.
    pub active: String,
    /// What is wrong with it, in libpcap's words.
    pub error: Option<String>,
    /// Whether the keyboard shall go there.
    pub focus: bool,
    asked: Option<(String, Receiver<Result<(), String>>)>,
}

impl Filter {
    /// The source was asked to take `text`; its answer comes through `answer`.
    pub fn asked(&mut self, text: String, answer: Receiver<Result<(), String>>) {
        self.asked = Some((text, answer));
    }

    /// Takes the answer, if it is there. Returns whether the filter in force changed.
    pub fn listen(&mut self) -> bool {
        let Some((text, answer)) = self.asked.take() else { return false };
        match answer.try_recv() {
            Ok(Ok(())) => {
                self.active = text;
                self.error = None;
                true
            }
            Ok(Err(message)) => {
                self.error = Some(message);
                false
            }
            Err(crossbeam_channel::TryRecvError::Empty) => {
                self.asked = Some((text, answer));
                false
            }
            Err(crossbeam_channel::TryRecvError::Disconnected) => {
                self.error = Some("the source has ended and takes no filter".into());
                false
            }
        }
    }

    /// Whether an answer is awaited.
    pub const fn is_waiting(&self) -> bool {
        self.asked.is_some()
    }

    /// A source was opened with that filter.
    pub fn begin(&mut self, active: String) {
        *self = Filter { text: active.clone(), active, ..Filter::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_filter_keeps_the_old_one_in_force() {
        let mut filter = Filter::default();
        filter.begin("tcp".into());
        let (answer, answers) = crossbeam_channel::bounded(1);
        filter.asked("tpc".into(), answers);
        assert!(!filter.listen() && filter.is_waiting());
        answer.send(Err("syntax error".into())).unwrap();
        assert!(!filter.listen());
        assert_eq!((filter.active.as_str(), filter.error.as_deref()), ("tcp", Some("syntax error")));

        let (answer, answers) = crossbeam_channel::bounded(1);
        filter.asked("udp".into(), answers);
        answer.send(Ok(())).unwrap();
        assert!(filter.listen());
        assert_eq!((filter.active.as_str(), filter.error), ("udp", None));
    }

    #[test]
    fn a_source_that_went_away_is_said() {
        let mut filter = Filter::default();
        let (_, answers) = crossbeam_channel::bounded(1);
        filter.asked("udp".into(), answers);
        assert!(!filter.listen());
        assert!(filter.error.is_some() && !filter.is_waiting());
    }
}
