//! Colours, fonts and spacing: one palette for dark, one for light, and egui's style made from them.

use std::sync::Arc;

use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme, vec2,
};
use graph::Family;

use crate::state::mode::{TINTS, Tint};

/// Every colour that the program paints with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Whether this is the dark one.
    pub dark: bool,
    /// Behind the graph and the tables.
    pub background: Color32,
    /// Bars and panels.
    pub panel: Color32,
    /// Cards, fields, pop-ups, buttons: what lies on a panel.
    pub raised: Color32,
    /// The same under the pointer.
    pub hover: Color32,
    /// Hairlines between things.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that matters less; still readable on `background`, `panel` and `raised`.
    pub weak: Color32,
    /// Marks that are no text: disabled icons, axes, grid lines.
    pub faint: Color32,
    /// The one accent: what is selected, what is active, links.
    pub accent: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// It works.
    pub good: Color32,
    /// Something is missing or lost.
    pub warn: Color32,
    /// Something does not work.
    pub bad: Color32,
    /// A colour a family of services, in the order of [`Family::ALL`]; told apart with protanopia, deuteranopia and tritanopia too.
    pub families: [Color32; 10],
    /// A colour a user or a container of processes; told apart like the families.
    pub processes: [Color32; TINTS],
    /// A host of a private or link-local address.
    pub lan: Color32,
    /// A host of the Internet.
    pub internet: Color32,
    /// A multicast or broadcast address.
    pub multicast: Color32,
    /// This machine.
    pub own: Color32,
    /// A group of nodes.
    pub group: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

impl Palette {
    /// Deep blue-grey.
    pub const DARK: Palette = Palette {
        dark: true,
        background: hex(0x0E131B),
        panel: hex(0x131A24),
        raised: hex(0x1B2431),
        hover: hex(0x253142),
        line: hex(0x253040),
        text: hex(0xE4EAF2),
        weak: hex(0x97A5B8),
        faint: hex(0x5B6A7E),
        accent: hex(0x6AA6FF),
        on_accent: hex(0x0B1220),
        good: hex(0x52CC93),
        warn: hex(0xF5B84A),
        bad: hex(0xFF7A80),
        families: [
            hex(0x618AFF),
            hex(0xFBC320),
            hex(0xFBE5FF),
            hex(0x3AC383),
            hex(0xC86751),
            hex(0x3CCFFF),
            hex(0xAE6BC6),
            hex(0xACF6AB),
            hex(0xFA8A06),
            hex(0x8C939B),
        ],
        processes: [hex(0xD4A756), hex(0x76EFFE), hex(0xDA619C), hex(0xF8DD4C), hex(0x447FF9), hex(0x977602)],
        lan: hex(0x7FB4E6),
        internet: hex(0x9AA7B8),
        multicast: hex(0xC7A86B),
        own: hex(0xF2F6FC),
        group: hex(0xB9C4F0),
    };

    /// White paper.
    pub const LIGHT: Palette = Palette {
        dark: false,
        background: hex(0xF7F9FC),
        panel: hex(0xFFFFFF),
        raised: hex(0xEFF3F8),
        hover: hex(0xE2E9F2),
        line: hex(0xDBE2EB),
        text: hex(0x18212D),
        weak: hex(0x526072),
        faint: hex(0x97A3B2),
        accent: hex(0x2462DE),
        on_accent: hex(0xFFFFFF),
        good: hex(0x177A4B),
        warn: hex(0x945700),
        bad: hex(0xBF2A36),
        families: [
            hex(0x5979EE),
            hex(0xA87B1E),
            hex(0x5D105C),
            hex(0x61AD7A),
            hex(0x9B4D25),
            hex(0x23B7F7),
            hex(0x684C9F),
            hex(0x97B81D),
            hex(0x821910),
            hex(0x717880),
        ],
        processes: [hex(0x198E77), hex(0xC179EE), hex(0x84310B), hex(0x79B31F), hex(0x5F2E87), hex(0x4B3AD9)],
        lan: hex(0x3F7DB8),
        internet: hex(0x6C7A8C),
        multicast: hex(0x9A7A36),
        own: hex(0x18212D),
        group: hex(0x4B57A6),
    };

    /// The palette of what `ctx` shows now.
    pub fn of(ctx: &Context) -> &'static Palette {
        Palette::for_theme(ctx.theme())
    }

    /// The palette of a theme.
    pub const fn for_theme(theme: Theme) -> &'static Palette {
        match theme {
            Theme::Dark => &Palette::DARK,
            Theme::Light => &Palette::LIGHT,
        }
    }

    /// The colour of a process.
    pub fn process(&self, tint: Tint) -> Color32 {
        match tint {
            Tint::Of(place) => self.processes.get(usize::from(place)).copied().unwrap_or(self.weak),
            Tint::Other => self.weak,
            Tint::None | Tint::Kernel => self.faint,
        }
    }

    /// The colour of a family.
    pub const fn family(&self, family: Family) -> Color32 {
        let [web, names, mail, files, remote, media, data, control, tunnel, other] = self.families;
        match family {
            Family::Web => web,
            Family::Names => names,
            Family::Mail => mail,
            Family::Files => files,
            Family::Remote => remote,
            Family::Media => media,
            Family::Data => data,
            Family::Control => control,
            Family::Tunnel => tunnel,
            Family::Other => other,
        }
    }
}

/// The semibold face, for headings and for figures that matter.
pub fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("strong".into()))
}

/// The regular face.
pub fn regular(size: f32) -> FontId {
    FontId::proportional(size)
}

/// Text sizes, in points.
pub mod size {
    /// The name on the start screen.
    pub const TITLE: f32 = 30.0;
    /// The heading of a panel.
    pub const HEADING: f32 = 17.0;
    /// Everything else.
    pub const BODY: f32 = 13.5;
    /// Captions, units, the foot.
    pub const SMALL: f32 = 11.5;
}

/// Gives `ctx` the fonts and both styles.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    // What is off the screen is not put into the mesh of the graph; whether all of that is would be asked of each vertex.
    ctx.tessellation_options_mut(|options| options.coarse_tessellation_culling = false);
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, style(Palette::for_theme(theme)));
    }
}

/// Inter first, egui's fonts behind it for what it lacks.
pub(crate) fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let regular = FontData::from_static(include_bytes!("../../assets/fonts/Inter-Regular.otf"));
    let strong = FontData::from_static(include_bytes!("../../assets/fonts/Inter-SemiBold.otf"));
    fonts.font_data.insert("inter".into(), Arc::new(regular));
    fonts.font_data.insert("inter-strong".into(), Arc::new(strong));
    let behind = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let family = |first: &str| std::iter::once(first.to_owned()).chain(behind.iter().cloned()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Name("strong".into()), family("inter-strong"));
    fonts.families.insert(FontFamily::Proportional, family("inter"));
    fonts
}

fn style(p: &Palette) -> Style {
    let mut style = Style { visuals: visuals(p), ..Style::default() };
    style.text_styles = [
        (TextStyle::Heading, strong(size::HEADING)),
        (TextStyle::Body, regular(size::BODY)),
        (TextStyle::Button, regular(size::BODY)),
        (TextStyle::Small, regular(size::SMALL)),
        (TextStyle::Monospace, FontId::monospace(size::BODY - 1.0)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 6.0);
    spacing.button_padding = vec2(10.0, 5.0);
    spacing.interact_size = vec2(32.0, 28.0);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(6);
    spacing.icon_width = 16.0;
    spacing.tooltip_width = 360.0;
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style
}

fn visuals(p: &Palette) -> egui::Visuals {
    let mut v = if p.dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    let round = CornerRadius::same(6);
    let widgets = &mut v.widgets;
    for (w, fill, text) in [
        (&mut widgets.noninteractive, p.panel, p.text),
        (&mut widgets.inactive, p.raised, p.text),
        (&mut widgets.hovered, p.hover, p.text),
        (&mut widgets.active, p.hover, p.text),
        (&mut widgets.open, p.hover, p.text),
    ] {
        w.bg_fill = fill;
        w.weak_bg_fill = fill;
        w.bg_stroke = Stroke::NONE;
        w.fg_stroke = Stroke::new(1.0, text);
        w.corner_radius = round;
        w.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, p.line);
    widgets.inactive.bg_stroke = Stroke::new(1.0, p.line);
    widgets.active.bg_stroke = Stroke::new(1.0, p.accent);
    v.weak_text_color = Some(p.weak);
    v.selection.bg_fill = p.accent.gamma_multiply(if p.dark { 0.30 } else { 0.18 });
    v.selection.stroke = Stroke::new(1.0, p.text);
    v.hyperlink_color = p.accent;
    v.faint_bg_color = p.raised.gamma_multiply(0.5);
    v.extreme_bg_color = p.raised;
    v.text_edit_bg_color = Some(p.raised);
    v.code_bg_color = p.raised;
    v.warn_fg_color = p.warn;
    v.error_fg_color = p.bad;
    v.window_fill = p.panel;
    v.panel_fill = p.panel;
    v.window_stroke = Stroke::new(1.0, p.line);
    v.window_corner_radius = CornerRadius::same(12);
    v.menu_corner_radius = CornerRadius::same(8);
    let shade = Color32::from_black_alpha(if p.dark { 110 } else { 38 });
    v.window_shadow = Shadow { offset: [0, 12], blur: 40, spread: 0, color: shade };
    v.popup_shadow = Shadow { offset: [0, 6], blur: 20, spread: 0, color: shade };
    v.slider_trailing_fill = true;
    // A cursor that blinks draws the window four times a second, though nothing happens.
    v.text_cursor.blink = false;
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(c: Color32) -> [f64; 3] {
        [c.r(), c.g(), c.b()].map(|x| {
            let x = f64::from(x) / 255.0;
            if x <= 0.04045 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// WCAG 2.2, contrast ratio.
    fn contrast(a: Color32, b: Color32) -> f64 {
        let light = |c| {
            let [r, g, b] = linear(c);
            0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
        };
        let (a, b) = (light(a), light(b));
        a.max(b) / a.min(b)
    }

    fn times(m: [[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
        m.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
    }

    /// The OKLab distance of two colours as an eye of matrix `m` sees them.
    fn distance(a: Color32, b: Color32, m: [[f64; 3]; 3]) -> f64 {
        let lab = |c| {
            let seen = times(m, linear(c)).map(|x| x.clamp(0.0, 1.0));
            let lms = times([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]], seen);
            times([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]], lms.map(f64::cbrt))
        };
        lab(a).iter().zip(lab(b)).map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn text_is_readable_on_every_ground() {
        for p in [Palette::DARK, Palette::LIGHT] {
            for ground in [p.background, p.panel, p.raised] {
                for text in [p.text, p.weak, p.accent, p.good, p.warn, p.bad] {
                    let ratio = contrast(text, ground);
                    assert!(ratio >= 4.5, "{text:?} on {ground:?}, dark {}: {ratio:.2}", p.dark);
                }
            }
            assert!(contrast(p.on_accent, p.accent) >= 4.5);
            for colour in p.families.into_iter().chain(p.processes) {
                assert!(contrast(colour, p.background) >= 2.0, "{colour:?}, dark {}", p.dark);
            }
        }
    }

    #[test]
    fn families_and_users_are_told_apart_whatever_colours_an_eye_lacks() {
        // Machado, Oliveira and Fernandes 2009, severity 1.
        let normal = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let protan = [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]];
        let deutan = [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9690]];
        let tritan = [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]];
        for p in [Palette::DARK, Palette::LIGHT] {
            for eye in [normal, protan, deutan, tritan] {
                for (colours, least) in [(&p.families[..], 0.085), (&p.processes[..], 0.125)] {
                    for (i, a) in colours.iter().enumerate() {
                        for b in &colours[..i] {
                            let d = distance(*a, *b, eye);
                            assert!(d >= least, "{a:?} and {b:?}, dark {}: {d:.3}", p.dark);
                        }
                    }
                }
            }
        }
    }
}
