//! From the bytes of a JPEG image to pixels of the size that crops are taken from.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::Trouble;
use crate::augment::{CROP, SHORT_SIDE};

/// Pixels: rows of red, green, blue.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Three bytes for each pixel.
    pub rgb: &'a [u8],
}

/// Decodes and resizes; its buffers are used again.
pub struct Decoder {
    decoded: Vec<u8>,
    resized: Vec<u8>,
    resizer: Resizer,
}

/// Larger pictures than this on a side are called corrupt: their pixels would take gigabytes.
const MOST_SIDE: usize = 20_000;

impl Default for Decoder {
    fn default() -> Self {
        Self { decoded: Vec::new(), resized: Vec::new(), resizer: Resizer::new() }
    }
}

impl Decoder {
    /// The picture with its shorter side at [`SHORT_SIDE`], resized only if it is not there already.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn picture(&mut self, jpeg: &[u8]) -> Result<Picture<'_>, Trouble> {
        let unwound = catch_unwind(AssertUnwindSafe(|| self.decode(jpeg)));
        let (width, height) = unwound.map_err(|_| Trouble::Panicked)?.ok_or(Trouble::Corrupt)?;
        if width.min(height) == SHORT_SIDE {
            return Ok(Picture { width, height, rgb: &self.decoded[..width * height * 3] });
        }
        let (to_width, to_height) = resized(width, height);
        self.resize((width, height), (to_width, to_height)).ok_or(Trouble::Corrupt)?;
        Ok(Picture { width: to_width, height: to_height, rgb: &self.resized[..to_width * to_height * 3] })
    }

    fn decode(&mut self, jpeg: &[u8]) -> Option<(usize, usize)> {
        let options = DecoderOptions::default()
            .jpeg_set_out_colorspace(ColorSpace::RGB)
            .set_max_width(MOST_SIDE)
            .set_max_height(MOST_SIDE)
            .set_strict_mode(true);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
        decoder.decode_headers().ok()?;
        let info = decoder.info()?;
        let (width, height) = (usize::from(info.width), usize::from(info.height));
        let bytes = decoder.output_buffer_size()?;
        if width == 0 || height == 0 || bytes != width * height * 3 {
            return None;
        }
        if self.decoded.len() < bytes {
            self.decoded.resize(bytes, 0);
        }
        decoder.decode_into(&mut self.decoded[..bytes]).ok()?;
        Some((width, height))
    }

    fn resize(&mut self, from: (usize, usize), to: (usize, usize)) -> Option<()> {
        let side = |pixels: usize| u32::try_from(pixels).ok();
        let bytes = to.0 * to.1 * 3;
        if self.resized.len() < bytes {
            self.resized.resize(bytes, 0);
        }
        let pixels = &self.decoded[..from.0 * from.1 * 3];
        let source = TypedImageRef::<U8x3>::from_buffer(side(from.0)?, side(from.1)?, pixels).ok()?;
        let target = &mut self.resized[..bytes];
        let mut target = TypedImage::<U8x3>::from_buffer(side(to.0)?, side(to.1)?, target).ok()?;
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        // The typed call: the other compiles the code of every other type of pixels as well.
        self.resizer.resize_typed(&source, &mut target, &options).ok()
    }
}

/// The size with the shorter side at [`SHORT_SIDE`] and the same shape; never narrower than a crop.
fn resized(width: usize, height: usize) -> (usize, usize) {
    let short = width.min(height);
    let side = |pixels: usize| ((pixels * SHORT_SIDE + short / 2) / short).max(CROP);
    (side(width), side(height))
}
