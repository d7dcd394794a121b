//! How cells look: fonts, fills and number formats by what a column holds.

use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

use crate::{report::sheets::Kind, units::decimals};

/// Ink of secondary text.
const GREY: Color = Color::RGB(0x5B_64_70);
/// Ground of headings.
const GROUND: Color = Color::RGB(0xE8_EC_F1);
/// Ground of the rows of the report month.
const CURRENT: Color = Color::RGB(0xFF_F6_E0);

/// Which row a cell stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Any.
    Plain,
    /// Of the report month.
    Current,
    /// The sums.
    Total,
}

/// Returns the format of a title.
pub(super) fn title() -> Format {
    Format::new().set_bold().set_font_size(16)
}

/// Returns the format of a heading over a block.
pub(super) fn block() -> Format {
    Format::new().set_bold().set_font_size(12)
}

/// Returns the format of the heading of a column.
pub(super) fn heading(is_number: bool) -> Format {
    let align = if is_number { FormatAlign::Right } else { FormatAlign::Left };
    let format = Format::new().set_bold().set_background_color(GROUND).set_border_bottom(FormatBorder::Thin);
    format.set_align(align).set_align(FormatAlign::Top).set_text_wrap()
}

/// Returns the format of captions and sources.
pub(super) fn aside() -> Format {
    Format::new().set_font_color(GREY)
}

/// Returns the format of a text that may be long.
pub(super) fn wrapped() -> Format {
    Format::new().set_text_wrap().set_align(FormatAlign::Top)
}

/// Returns the format of a cell.
pub(super) fn cell(kind: Kind, currency: &str, weight: Weight) -> Format {
    let format = Format::new().set_align(FormatAlign::Top).set_num_format(number_format(kind, currency));
    let format = match kind {
        Kind::Text => format.set_text_wrap(),
        Kind::Month | Kind::Day => format.set_align(FormatAlign::Left),
        _ => format,
    };
    match weight {
        Weight::Plain => format,
        Weight::Current => format.set_background_color(CURRENT),
        Weight::Total => format.set_bold().set_border_top(FormatBorder::Thin),
    }
}

/// Returns Excel's code for figures of this kind.
pub(super) fn number_format(kind: Kind, currency: &str) -> String {
    let money = match decimals(currency) {
        0 => "#,##0".to_owned(),
        places => format!("#,##0.{}", "0".repeat(places as usize)),
    };
    match kind {
        Kind::Text | Kind::Code => "General".to_owned(),
        Kind::Money => money,
        Kind::Change => format!("+{money};-{money};{money}"),
        Kind::Price => "#,##0.0000##".to_owned(),
        Kind::Ratio => "0.0%".to_owned(),
        Kind::Count => "#,##0".to_owned(),
        Kind::Quantity => "#,##0.0".to_owned(),
        Kind::Month => "yyyy-mm".to_owned(),
        Kind::Day => "yyyy-mm-dd".to_owned(),
    }
}
