//! axe-core, the accessibility checker: fetched by the test, held against its hash, kept outside the checkout.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha512};

use super::chromium::run;

const VERSION: &str = "4.14.1";

/// Of the package, as the npm registry states it.
const INTEGRITY: &str = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==";

/// Returns the source of axe-core.
pub(super) fn source() -> &'static str {
    static FETCHED: OnceLock<Result<String, String>> = OnceLock::new();
    match FETCHED.get_or_init(fetch) {
        Ok(source) => source,
        Err(error) => panic!("{error}"),
    }
}

fn fetch() -> Result<String, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("axe-core");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let package = folder.join(format!("axe-core-{VERSION}.tgz"));
    if !is_sound(&package) {
        download(&folder, &package)?;
    }
    let unpacked = Command::new("tar").arg("-xOzf").arg(&package).arg("package/axe.min.js").output();
    let unpacked = unpacked.map_err(|error| format!("tar: {error}"))?;
    String::from_utf8(unpacked.stdout).map_err(|error| error.to_string())
}

/// Fetches the package with npm, else with curl.
fn download(folder: &Path, package: &PathBuf) -> Result<(), String> {
    let fresh = tempfile::tempdir_in(folder).map_err(|error| error.to_string())?;
    let name = format!("axe-core-{VERSION}.tgz");
    let url = format!("https://registry.npmjs.org/axe-core/-/{name}");
    let npm = run(Command::new("npm").current_dir(fresh.path()), &["pack", "--silent", &format!("axe-core@{VERSION}")]);
    let mut said = vec![format!("npm: {npm:?}")];
    if !is_sound(&fresh.path().join(&name)) {
        let curl = run(Command::new("curl").current_dir(fresh.path()), &["-fsSL", "-m", "120", "-o", &name, &url]);
        said.push(format!("curl: {curl:?}"));
    }
    if !is_sound(&fresh.path().join(&name)) {
        return Err(format!(
            "the accessibility check needs axe-core {VERSION} with sha512 {INTEGRITY}: put {url} at {}, or leave the browser \
             tests out with GRAVIMETER_SKIP_BROWSER=1 ({})",
            package.display(),
            said.join(", ")
        ));
    }
    fs::rename(fresh.path().join(&name), package).map_err(|error| error.to_string())
}

fn is_sound(package: &Path) -> bool {
    fs::read(package).is_ok_and(|bytes| STANDARD.encode(Sha512::digest(&bytes)) == INTEGRITY)
}
