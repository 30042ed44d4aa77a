//! The layouts as their callers see them: changes and ticks in, positions out.

mod changes;
mod circle;
mod force;
mod graphs;
mod horrors;
mod layers;
mod properties;
mod rest;
mod shares;
