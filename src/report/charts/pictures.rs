//! The charts that become PNG files, in a language that the fonts can write.

use std::collections::BTreeSet;

use super::{
    Fonts,
    spec::{ChartKind, ChartSpec, Step},
    specs::{pictured, specs},
};
use crate::{
    error::Result,
    report::{
        model::Report,
        words::{Language, Words},
    },
};

/// The charts that become PNG files.
#[derive(Debug, Clone)]
pub struct Pictures {
    /// One for each file.
    pub specs: Vec<ChartSpec>,
    /// What is to be said on stderr, when a letter has no font.
    pub warning: Option<String>,
}

/// Returns the charts of the report's basis in its language, or in English when the fonts lack its letters.
///
/// # Errors
/// When the texts cannot be read.
pub fn pictures(report: &Report, words: &Words, fonts: &Fonts) -> Result<Pictures> {
    let of = |words: &Words| pictured(specs(report, words), report.basis);
    let own = of(words);
    let Some(letters) = missing_glyphs(&own, fonts) else { return Ok(Pictures { specs: own, warning: None }) };
    let (specs, instead) = match words.language {
        Language::English => (own, "boxes stand in their place"),
        Language::Korean => {
            let english = of(&*Words::of(Language::English)?);
            let is_whole = missing_glyphs(&english, fonts).is_none();
            let instead = if is_whole {
                "they are in English"
            } else {
                "they are in English, with boxes for names in other letters"
            };
            (english, instead)
        }
    };
    let warning = format!(
        "no font was found for \"{letters}\" in the PNG charts: {instead}; install fonts-noto-cjk or fonts-nanum, or \
         pass --font FILE"
    );
    Ok(Pictures { specs, warning: Some(warning) })
}

/// Returns some of the letters in the charts that no font has; `None` when there are none.
pub fn missing_glyphs(specs: &[ChartSpec], fonts: &Fonts) -> Option<String> {
    const NAMED: usize = 8;
    let letters = specs.iter().flat_map(texts).flat_map(str::chars);
    let missing: BTreeSet<char> = letters.filter(|c| !c.is_control() && !fonts.has(*c)).collect();
    if missing.is_empty() {
        return None;
    }
    let more = if missing.len() > NAMED { "…" } else { "" };
    Some(missing.into_iter().take(NAMED).chain(more.chars()).collect())
}

/// Returns the texts that are drawn.
fn texts(spec: &ChartSpec) -> Vec<&str> {
    let mut texts = vec![spec.title.as_str(), spec.unit.as_str()];
    texts.extend(spec.numbers.suffixes());
    match &spec.kind {
        ChartKind::Stacked(chart) => {
            texts.push(&chart.partial_name);
            texts.extend(chart.slots.iter().flat_map(|slot| [slot.name.as_str(), &slot.group, &slot.note]));
            texts.extend(chart.series.iter().map(|series| series.name.as_str()));
            texts.extend(chart.lines.iter().map(|line| line.name.as_str()));
        }
        ChartKind::Waterfall(chart) => texts.extend(chart.steps.iter().map(Step::label)),
        ChartKind::Timeline(chart) => {
            let layers = chart.columns.iter().chain(&chart.area).map(|series| series.name.as_str());
            texts.extend(layers.chain(chart.line.iter().map(|line| line.name.as_str())));
            texts.extend(chart.level.iter().map(|level| level.name.as_str()));
            texts.extend(chart.bands.iter().map(|band| band.name.as_str()));
            texts.extend([chart.band_name.as_str(), &chart.mark_name]);
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::charts::fixture;

    #[test]
    fn without_a_font_korean_pictures_are_in_english_and_it_is_said() {
        let report = fixture::report();
        let (english, korean) = (Words::of(Language::English).unwrap(), Words::of(Language::Korean).unwrap());
        let fonts = Fonts::embedded();
        let own = pictures(&report, &english, &fonts).unwrap();
        assert_eq!(own.warning, None);
        let instead = pictures(&report, &korean, &fonts).unwrap();
        assert_eq!(instead.specs, own.specs);
        let warning = instead.warning.unwrap();
        assert!(warning.contains("--font") && warning.contains("in English;"), "{warning}");
    }

    #[test]
    fn names_without_a_font_are_named() {
        let mut report = fixture::report();
        report.cost_by_service[0].product_code = "결제".to_owned();
        let english = Words::of(Language::English).unwrap();
        let specs = specs(&report, &english);
        assert_eq!(missing_glyphs(&specs, &Fonts::embedded()).unwrap(), "결제");
        let warning = pictures(&report, &english, &Fonts::embedded()).unwrap().warning.unwrap();
        assert!(warning.contains("\"결제\"") && warning.contains("boxes"), "{warning}");
    }
}
