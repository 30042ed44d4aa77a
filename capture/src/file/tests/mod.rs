//! Recordings made here, and read again.

mod damage;
mod formats;
mod pipe;
mod playing;
mod steering;
mod support;
