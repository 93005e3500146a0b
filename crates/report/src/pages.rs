//! From a site to files: every page, its data, the assets.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::assets;
use crate::output::Files;
use crate::site::Site;
use crate::view::{cases, chapter, claims, data, index, machine, method};
use crate::{Error, Input};

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
    let site = Site::new(input, logo)?;

    let mut add = |href: &str, template: &str, view: &dyn ErasedView| -> Result<(), Error> {
        files.add(href, view.render(&site, template)?);
        Ok(())
    };
    add("index.html", "index.html", &index::page(&site))?;
    let mut raw = Vec::new();
    for (place, one) in site.chapters.iter().enumerate() {
        let page = chapter::page(&site, place, one)?;
        add(&one.page(), "chapter.html", &page.view)?;
        raw.extend(page.data);
        for (href, view) in cases::pages(&site, one) {
            add(&href, "cases.html", &view)?;
        }
    }
    add("claims.html", "claims.html", &claims::page(&site)?)?;
    add("method.html", "method.html", &method::page(&site)?)?;
    add("machine.html", "machine.html", &machine::page(&site))?;
    for (href, view) in data::pages(&site) {
        add(&href, "data.html", &view)?;
    }
    for (path, content) in raw {
        files.add(path, content);
    }
    Ok(files)
}

/// A view of any page.
trait ErasedView {
    fn render(&self, site: &Site<'_>, template: &str) -> Result<String, Error>;
}

impl<V: Serialize> ErasedView for V {
    fn render(&self, site: &Site<'_>, template: &str) -> Result<String, Error> {
        site.engine.render(template, self)
    }
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
