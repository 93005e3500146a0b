//! From a site to files: every page, its data, the assets.

use std::fs;
use std::path::Path;

use crate::assets;
use crate::names::Names;
use crate::output::Files;
use crate::raw::Amount;
use crate::reference;
use crate::site::Site;
use crate::view::cases::Depth;
use crate::view::figure::Detail;
use crate::view::{self, cases, chapter, claims, data, index, machine, method};
use crate::{Error, Input};

/// The most that a chapter's page may have.
const PAGE_BYTES: usize = 195_000;

/// The most that a site may have.
const SITE_BYTES: usize = 2_900_000;

/// What of it is kept for the raw data of the figures.
const RAW_BYTES: usize = 500_000;

/// The largest logo.
const LOGO_BYTES: u64 = 100_000;

/// Every file of the site.
///
/// # Errors
/// If a chapter, a template or the logo is wrong.
pub(crate) fn files(input: &Input<'_>) -> Result<Files, Error> {
    let mut files = Files::default();
    files.add(assets::CSS_PATH, assets::CSS);
    files.add(assets::JS_PATH, assets::JS);
    let logo = input.settings.logo.as_deref().map(|path| add_logo(&mut files, path)).transpose()?;
    let references = reference::read(input)?;
    let names = Names::new(input.run.dataset.as_ref(), input.settings.redact);
    let analysis = names.hide_in(input.analysis);
    let input = Input { analysis: &analysis, ..*input };
    let site = Site::new(&input, &references, names, logo)?;

    files.add("index.html", site.engine.render("index.html", &index::page(&site))?);
    for (place, one) in site.chapters.iter().enumerate() {
        let (page, detail) = smallest(&Detail::ALL, PAGE_BYTES, |detail| {
            let page = site.engine.render("chapter.html", &chapter::page(&site, place, one, detail)?)?;
            let size = page.len();
            Ok(((page, detail), size))
        })?;
        files.add(one.page(), page);
        for measured in one.references.iter().filter(|_| detail != Detail::Full) {
            let page = smallest(&Detail::ALONE, PAGE_BYTES, |detail| {
                let view = view::reference::page(&site, one, measured, detail)?;
                let page = site.engine.render("reference-page.html", &view)?;
                let size = page.len();
                Ok((page, size))
            })?;
            files.add(measured.page(), page);
        }
    }
    files.add("claims.html", site.engine.render("claims.html", &claims::page(&site)?)?);
    files.add("method.html", site.engine.render("method.html", &method::page(&site)?)?);
    files.add("machine.html", site.engine.render("machine.html", &machine::page(&site))?);
    for (href, view) in data::pages(&site) {
        files.add(href, site.engine.render("data.html", &view)?);
    }
    let room = |files: &Files| SITE_BYTES.saturating_sub(files.sizes().map(|(_, size)| size as usize).sum());
    let tables = smallest(&Depth::LEVELS, room(&files).saturating_sub(RAW_BYTES), |depth| {
        let views = site.chapters.iter().flat_map(|one| cases::pages(&site, one, depth));
        let page = |(href, view)| Ok((href, site.engine.render("cases.html", &view)?));
        weighed(views.map(page).collect::<Result<_, Error>>()?)
    })?;
    files.extend(tables);
    let raw = smallest(&Amount::ALL, room(&files), |amount| {
        weighed(site.chapters.iter().flat_map(|one| chapter::raw_data(&site, one, amount)).collect())
    })?;
    files.extend(raw);
    Ok(files)
}

/// Files (path and content) with their bytes together.
type Weighed = (Vec<(String, String)>, usize);

fn weighed(files: Vec<(String, String)>) -> Result<Weighed, Error> {
    let size = files.iter().map(|(_, content)| content.len()).sum();
    Ok((files, size))
}

/// Makes something in less and less detail until it has at most `limit` bytes, or there is no less.
fn smallest<L: Copy, T, const N: usize>(
    levels: &[L; N],
    limit: usize,
    make: impl Fn(L) -> Result<(T, usize), Error>,
) -> Result<T, Error> {
    const { assert!(N > 0, "there is a level") };
    for level in &levels[..N - 1] {
        let (made, size) = make(*level)?;
        if size <= limit {
            return Ok(made);
        }
    }
    Ok(make(levels[N - 1])?.0)
}

/// Takes the logo into the site and returns its relative address.
fn add_logo(files: &mut Files, path: &Path) -> Result<String, Error> {
    let error = |why: String| Error::Logo { path: path.to_owned(), why };
    let extension = path.extension().and_then(|ext| ext.to_str()).unwrap_or_default().to_ascii_lowercase();
    if !["svg", "png", "jpg", "jpeg", "webp"].contains(&extension.as_str()) {
        return Err(error("a logo is an .svg, .png, .jpg or .webp file".to_owned()));
    }
    let size = fs::metadata(path).map_err(|e| error(e.to_string()))?.len();
    if size > LOGO_BYTES {
        return Err(error(format!("it has {size} bytes, and every page shows it: at most {LOGO_BYTES}")));
    }
    let address = format!("assets/logo.{extension}");
    files.add(address.clone(), fs::read(path).map_err(|e| error(e.to_string()))?);
    Ok(address)
}
