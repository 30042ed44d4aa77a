//! glouglou
fn main() {}
