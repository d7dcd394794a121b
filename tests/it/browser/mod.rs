//! The page in a browser: a Chromium without a window, driven over its DevTools pipe.
//!
//! `GRAVIMETER_SKIP_BROWSER=1` leaves these tests out where Chromium cannot be had.

mod axe;
mod bills;
mod chromium;
mod devtools;

use std::{cmp::Ordering, fs};

use rust_decimal::Decimal;
use serde_json::Value;

use devtools::{Look, Page};

/// Widths of a telephone, a tablet and a desk.
const WIDTHS: [u32; 3] = [390, 768, 1440];

/// A table with numbers, texts and cells without a figure.
const TABLE: &str = "table[data-sheet='coverage_by_service']";

/// Cells of a column: the text, the exact value, whether there is none.
fn column(page: &Page, table: usize, heading: usize) -> Vec<(String, Option<String>)> {
    let rows = page.eval(&format!(
        "(() => {{
            const table = document.querySelectorAll('table[data-sheet]')[{table}];
            const place = table.querySelectorAll('thead th, thead small')[{heading}];
            const at = place.closest('th').cellIndex;
            return [...table.tBodies[0].rows].map((row) => {{
                let cell = row.cells[at];
                if (place.localName === 'small') cell = cell.querySelector(`[data-key='${{place.dataset.key}}']`);
                if (!cell || cell.classList.contains('m')) return null;
                return [cell.firstChild.data ?? '', cell.dataset.v ?? null];
            }});
        }})()"
    ));
    let cell = |cell: &Value| match cell {
        Value::Null => (String::new(), None),
        cell => {
            let text = cell[0].as_str().unwrap().trim().to_owned();
            let exact = cell[1].as_str().map_or_else(|| text.clone(), str::to_owned);
            (text, Some(exact))
        }
    };
    rows.as_array().unwrap().iter().map(cell).collect()
}

fn heading(table: usize, heading: usize) -> String {
    format!("document.querySelectorAll('table[data-sheet]')[{table}].querySelectorAll('thead button')[{heading}]")
}

fn numbers(cells: &[(String, Option<String>)]) -> Option<Vec<Decimal>> {
    cells.iter().filter_map(|(_, exact)| exact.as_ref()).map(|exact| exact.parse().ok()).collect()
}

#[test]
fn every_column_can_be_sorted_both_ways() {
    if chromium::is_skipped() {
        return;
    }
    let page = Page::open(bills::sample(), &Look::default());
    let headings: Vec<usize> = page
        .texts("[...document.querySelectorAll('table[data-sheet]')].map((t) => String(t.querySelectorAll('thead button').length))")
        .iter()
        .map(|count| count.parse().unwrap())
        .collect();
    assert!(headings.len() > 10 && headings.iter().sum::<usize>() > 60, "{headings:?}");
    let mut with_missing = 0;
    for (table, &count) in headings.iter().enumerate() {
        for at in 0..count {
            let before = column(&page, table, at);
            let kind = page.eval(&format!("{}.closest('[data-kind]').dataset.kind", heading(table, at)));
            let is_number = !matches!(kind.as_str().unwrap(), "text" | "code" | "month" | "day");
            for way in if is_number { ["descending", "ascending"] } else { ["ascending", "descending"] } {
                page.eval(&format!("{}.click()", heading(table, at)));
                let said = page.eval(&format!("{}.closest('th').ariaSort", heading(table, at)));
                assert_eq!(said, way, "table {table}, heading {at}");
                let after = column(&page, table, at);
                assert_eq!(after.len(), before.len());
                let known = after.iter().take_while(|(_, exact)| exact.is_some()).count();
                assert!(after[known..].iter().all(|(_, exact)| exact.is_none()), "missing last: {after:?}");
                with_missing += usize::from(known < after.len());
                let wanted = if way == "ascending" { Ordering::Greater } else { Ordering::Less };
                if is_number {
                    let numbers = numbers(&after).unwrap();
                    assert!(numbers.windows(2).all(|pair| pair[0].cmp(&pair[1]) != wanted), "{way}: {after:?}");
                } else if matches!(kind.as_str().unwrap(), "month" | "day") {
                    let days: Vec<_> = after[..known].iter().map(|(_, exact)| exact).collect();
                    assert!(days.windows(2).all(|pair| pair[0].cmp(pair[1]) != wanted), "{way}: {after:?}");
                }
            }
            page.eval(&format!("{}.click()", heading(table, at)));
            assert_eq!(column(&page, table, at), before, "the third time as it was");
        }
    }
    assert!(with_missing > 0, "no column without a figure was tried");
    assert_eq!(page.troubles(), [""; 0]);
}

#[test]
fn a_heading_is_pressed_by_mouse_and_by_keyboard() {
    if chromium::is_skipped() {
        return;
    }
    let page = Page::open(bills::sample(), &Look::default());
    let sorted = || page.eval(&format!("document.querySelector(\"{TABLE} th[data-key=on_demand_cost]\").ariaSort"));
    page.click(&format!("{TABLE} th[data-key=on_demand_cost] button"));
    assert_eq!(sorted(), "descending");
    page.press("Enter");
    assert_eq!(sorted(), "ascending");
    page.press("Space");
    assert_eq!(sorted(), Value::Null);
    page.press("Tab");
    page.press("Enter");
    assert_eq!(page.eval("document.activeElement.closest('th').ariaSort"), "descending");
    assert_eq!(page.eval(&format!("document.querySelectorAll(\"{TABLE} [aria-sort]\").length")), 1);
}

#[test]
fn rows_are_filtered_and_counted() {
    if chromium::is_skipped() {
        return;
    }
    let page = Page::open(bills::sample(), &Look::default());
    let sheet =
        "[...document.querySelectorAll('.sheet')].find((it) => it.querySelector('tfoot') && it.querySelector('input'))";
    let shown = |what: &str| {
        page.texts(&format!(
            "[...{sheet}.querySelectorAll('{what}')].filter((it) => it.checkVisibility()).map((it) => it.innerText)"
        ))
    };
    let (all, total) = (shown("tbody tr"), shown("tfoot tr"));
    let first = page.eval(&format!("{sheet}.querySelector('tbody th').firstChild.data"));
    page.eval(&format!("{sheet}.querySelector('input').focus()"));
    page.write(&first.as_str().unwrap().to_uppercase());
    let left = shown("tbody tr");
    assert!(!left.is_empty() && left.len() < all.len(), "{left:?}");
    assert_eq!(shown("output"), [format!("{} of {} rows", left.len(), all.len())]);
    let noted = shown("tfoot tr");
    assert!(noted[0] != total[0] && noted[0].contains("of all rows"), "{noted:?}");
    page.eval(&format!("{sheet}.querySelector('input').select()"));
    page.write("no such row");
    assert_eq!(shown("tbody tr").len(), 0);
    assert_eq!(shown("output"), [format!("0 of {} rows", all.len())]);
    page.eval(&format!("{sheet}.querySelector('input').select()"));
    page.write(" ");
    assert_eq!((shown("tbody tr"), shown("tfoot tr"), shown("output")), (all, total, vec![String::new()]));
    assert_eq!(page.troubles(), [""; 0]);
}

/// The cost bases of what is to be seen.
fn bases(page: &Page) -> Vec<String> {
    let seen = "[...document.querySelectorAll('main [data-basis]')].filter((it) => it.checkVisibility())";
    let mut seen = page.texts(&format!("{seen}.map((it) => it.dataset.basis)"));
    seen.sort();
    seen.dedup();
    seen
}

#[test]
fn the_cost_basis_is_switched_with_and_without_script() {
    if chromium::is_skipped() {
        return;
    }
    for scripts in [true, false] {
        let page = Page::open(bills::sample(), &Look { scripts, ..Look::default() });
        assert_eq!(bases(&page), ["amortized"], "scripts: {scripts}");
        page.click("#basis-unblended");
        assert_eq!(bases(&page), ["unblended"], "scripts: {scripts}");
        page.click("#basis-amortized");
        page.press("ArrowRight");
        assert_eq!(bases(&page), ["unblended"], "scripts: {scripts}, by keyboard");
        page.media(true, false);
        assert_eq!(bases(&page), ["unblended"], "scripts: {scripts}, on paper");
        assert_eq!(page.troubles(), [""; 0]);
    }
}

#[test]
fn the_theme_is_switched_with_and_without_script() {
    if chromium::is_skipped() {
        return;
    }
    let is_dark = |page: &Page| {
        let color = page.eval("getComputedStyle(document.body).backgroundColor");
        color.as_str().unwrap().strip_prefix("rgb(").unwrap().split(',').next().unwrap().parse::<u8>().unwrap() < 60
    };
    for scripts in [true, false] {
        let page = Page::open(bills::sample(), &Look { scripts, ..Look::default() });
        assert!(!is_dark(&page));
        page.media(false, true);
        assert!(is_dark(&page), "the theme of the system");
        let paper = page.eval("getComputedStyle(document.querySelector('.chart rect')).fill");
        assert_ne!(paper, "rgb(255, 255, 255)", "the paper of the charts is dark, too");
        page.click("#theme-light");
        assert!(!is_dark(&page));
        page.press("ArrowRight");
        assert!(is_dark(&page), "by keyboard");
        page.media(true, true);
        assert!(!is_dark(&page), "paper is light");
    }
}

#[test]
fn nothing_is_asked_of_the_network_and_nothing_goes_wrong() {
    if chromium::is_skipped() {
        return;
    }
    for path in [bills::sample(), bills::hostile(), bills::large()] {
        let page = Page::open(path, &Look::default());
        page.eval("new Promise((done) => setTimeout(done, 100))");
        assert_eq!(page.requests(), [format!("file://{}", path.display())]);
        assert_eq!(page.troubles(), [""; 0]);
        let kept = page.eval("[document.cookie, Object.keys(self).includes('gravimeter')].join()");
        assert_eq!(kept, ",false");
    }
}

#[test]
fn all_is_to_be_read_without_script() {
    if chromium::is_skipped() {
        return;
    }
    let texts = "[...document.querySelectorAll('h1, h2, h3, p, thead span, thead small, td, tbody th, tfoot th, dt, dd, figcaption')]
        .filter((it) => !it.closest('[data-basis]:not([data-basis=amortized])'))";
    let with = Page::open(bills::sample(), &Look::default());
    let without = Page::open(bills::sample(), &Look { scripts: false, ..Look::default() });
    let all = format!(
        "{texts}.map((it) => it.textContent.trim()).filter((it) => it && it !== 'of all rows, filtered or not')"
    );
    let hidden = format!(
        "{texts}.filter((it) => it.textContent.trim() && !it.checkVisibility() && !it.matches('.paper')).map((it) => it.outerHTML)"
    );
    assert_eq!(without.texts(&hidden), [""; 0]);
    assert_eq!(
        without.eval("document.querySelectorAll('th button, .filter').length"),
        0,
        "no control that does nothing"
    );
    let folded = "[...document.querySelectorAll('summary')].filter((it) => !it.closest('[data-basis]:not([data-basis=amortized])'))";
    assert_eq!(without.eval(&format!("{folded}.every((it) => it.checkVisibility())")), true);
    let clean = |text: &String| text.replace(" of all rows, filtered or not", "");
    let (with, without) = (with.texts(&all), without.texts(&all));
    assert!(with.len() > 300, "{}", with.len());
    for (one, other) in with.iter().map(clean).zip(&without) {
        assert!(one.starts_with(other.as_str()), "{one} against {other}");
    }
    assert_eq!(with.len(), without.len());
}

#[test]
fn no_script_of_the_data_runs() {
    if chromium::is_skipped() {
        return;
    }
    let html = fs::read_to_string(bills::hostile()).unwrap();
    assert!(html.contains("__pwned"), "the hostile names are on the page");
    // The policy of the page would stop them, too: without it, only the escaping does.
    for policy in [true, false] {
        let page = Page::open(bills::hostile(), &Look { policy, ..Look::default() });
        page.eval("document.querySelectorAll('th button').forEach((it) => it.click())");
        page.eval("document.querySelectorAll('input[type=search]').forEach((it) => { it.value = '<script>'; it.dispatchEvent(new Event('input')) })");
        page.eval("new Promise((done) => setTimeout(done, 100))");
        assert_eq!(page.eval("window.__pwned ?? 0"), 0);
        assert_eq!(
            page.eval("document.querySelectorAll('img, iframe, object, embed, link, [onload], [onerror]').length"),
            0
        );
        assert_eq!(page.eval("document.scripts.length"), 1);
        assert_eq!(page.eval("document.body.textContent.includes('<script>window.__pwned=1</script>')"), true);
        assert_eq!(page.requests().len(), 1);
        assert_eq!(page.troubles(), [""; 0]);
    }
}

#[test]
fn the_page_never_scrolls_sideways() {
    if chromium::is_skipped() {
        return;
    }
    for path in [bills::sample(), bills::hostile(), bills::large()] {
        for width in WIDTHS {
            let page = Page::open(path, &Look { width, ..Look::default() });
            let found = page.eval("document.documentElement.scrollWidth");
            assert!(found.as_u64().unwrap() <= u64::from(width), "{}: {found} of {width}", path.display());
            let cut = "[...document.querySelectorAll('h1, h2, h3, p, figcaption, dd, summary')].filter((it) => \
                       it.checkVisibility() && !it.closest('.unseen') && !it.matches('.unseen') && it.getBoundingClientRect().right > innerWidth + 1)";
            assert_eq!(page.texts(&format!("{cut}.map((it) => it.textContent)")), [""; 0], "{width}");
        }
    }
}

#[test]
fn paper_shows_everything_and_no_controls() {
    if chromium::is_skipped() {
        return;
    }
    let page = Page::open(bills::sample(), &Look { print: true, dark: true, ..Look::default() });
    let seen = |selector: &str| {
        page.eval(&format!("[...document.querySelectorAll('{selector}')].filter((it) => it.checkVisibility()).length"))
    };
    for controls in ["nav", "fieldset", ".skip", ".filter"] {
        assert_eq!(seen(controls), 0, "{controls}");
    }
    page.eval("dispatchEvent(new Event('beforeprint'))");
    assert_eq!(
        seen("details code"),
        page.eval(
            "[...document.querySelectorAll('details')].filter((it) => it.parentElement.checkVisibility()).length"
        )
    );
    page.eval("dispatchEvent(new Event('afterprint'))");
    assert_eq!(page.eval("document.querySelectorAll('details[open]').length"), 0);
    // The paper is 273 mm wide inside its margins: 1032 CSS pixels.
    let page = Page::open(bills::sample(), &Look { print: true, width: 1032, ..Look::default() });
    let wide = "[...document.querySelectorAll('table')].filter((it) => it.getBoundingClientRect().right > innerWidth).map((it) => it.id + it.offsetWidth)";
    assert_eq!(page.texts(wide), [""; 0]);
}

#[test]
fn axe_finds_no_fault() {
    if chromium::is_skipped() {
        return;
    }
    for (width, dark) in [(390, false), (390, true), (1440, false), (1440, true)] {
        let page = Page::open(bills::sample(), &Look { width, dark, policy: false, ..Look::default() });
        page.eval(axe::source());
        let found = page.texts(
            "axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations.map((it) => \
             `${it.id}: ${it.help}: ${it.nodes.slice(0, 5).map((node) => node.html.slice(0, 200) + node.failureSummary).join(' | ')}`))",
        );
        assert_eq!(found, [""; 0], "{width} pixels, dark: {dark}");
    }
}

#[test]
fn a_large_bill_is_a_small_page_that_opens_fast() {
    if chromium::is_skipped() {
        return;
    }
    let bytes = fs::metadata(bills::large()).unwrap().len();
    assert!(bytes < 3_000_000, "{bytes} bytes");
    let mut fastest = f64::MAX;
    for _ in 0..3 {
        let page = Page::open(bills::large(), &Look::default());
        let painted = "new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))";
        fastest = fastest.min(page.eval(painted).as_f64().unwrap());
        assert!(page.eval("document.querySelectorAll('table[data-sheet] tbody tr').length").as_u64().unwrap() > 300);
    }
    eprintln!("the page of a large bill: {bytes} bytes, open after {fastest:.0} ms");
    // The goal is 2 s; machines are noisy, so that only a page that hangs fails here.
    assert!(fastest < 15_000.0, "{fastest} ms");
    assert!(fs::metadata(bills::sample()).unwrap().len() < 1_000_000);
}
