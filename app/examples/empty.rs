//! An empty window: what glouglou's memory is measured against.

use eframe::NativeOptions;

struct Empty;

impl eframe::App for Empty {
    fn ui(&mut self, _ui: &mut egui::Ui, _frame: &mut eframe::Frame) {}
}

fn main() -> eframe::Result {
    eframe::run_native("empty", NativeOptions::default(), Box::new(|_| Ok(Box::new(Empty))))
}
