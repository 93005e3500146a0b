//! Pictures, and what becomes of them on the way into a batch, against a computation of its own.

use loading::{Batch, CROP, Decoder, Files, Images, MEAN, SHORT_SIDE, SPREAD, Shuffle, Work, picture, place_of};

use crate::pictures;

#[test]
fn pictures_depend_on_seed_and_number_alone() {
    assert_eq!(picture::jpeg(1, 2).unwrap(), picture::jpeg(1, 2).unwrap());
    assert_ne!(picture::jpeg(1, 2).unwrap(), picture::jpeg(1, 3).unwrap());
    assert_ne!(picture::jpeg(1, 2).unwrap(), picture::jpeg(2, 2).unwrap());
}

#[test]
fn pictures_are_as_hard_to_pack_as_photographs() {
    let (mut bytes, mut pixels) = (0, 0);
    for number in 0..24 {
        let (width, height, rgb) = picture::make(3, number);
        assert_eq!(rgb.len(), width * height * 3);
        assert_eq!(width.min(height), SHORT_SIDE);
        pixels += width * height;
        bytes += picture::jpeg(3, number).unwrap().len();
    }
    let bits = bytes as f64 * 8.0 / pixels as f64;
    assert!((1.2..4.0).contains(&bits), "{bits} bits for a pixel");
}

#[test]
fn a_decoded_picture_is_the_one_that_was_encoded() {
    let (width, height, rgb) = picture::make(3, 7);
    let mut decoder = Decoder::default();
    let jpeg = picture::jpeg(3, 7).unwrap();
    let decoded = decoder.picture(&jpeg).unwrap();
    assert_eq!((decoded.width, decoded.height), (width, height));
    let error: f64 =
        rgb.iter().zip(decoded.rgb).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / rgb.len() as f64;
    assert!(error < 8.0, "a mean error of {error}");
}

#[test]
fn a_batch_holds_crops_flipped_and_normalised() {
    let folder = tempfile::tempdir().unwrap();
    let paths = pictures(folder.path(), 12);
    let images = Images::new(std::sync::Arc::new(Files::new(paths.clone())), 12, Shuffle::None, 21);
    let (mut tools, mut batch) = (images.tools(), Batch::default());
    images.make(0, &mut tools, &mut batch);
    assert_eq!(batch.samples, 12);
    let mut decoder = Decoder::default();
    let mut flips = 0;
    for (sample, path) in paths.iter().enumerate() {
        let jpeg = std::fs::read(path).unwrap();
        let picture = decoder.picture(&jpeg).unwrap();
        let (left, top, flip) = place_of(21, sample as u32, picture.width, picture.height);
        assert!(left + CROP <= picture.width && top + CROP <= picture.height);
        flips += usize::from(flip);
        let planes = &batch.data.values()[sample * 3 * CROP * CROP..][..3 * CROP * CROP];
        for channel in 0..3 {
            for y in 0..CROP {
                for x in 0..CROP {
                    let from = left + if flip { CROP - 1 - x } else { x };
                    let pixel = f64::from(picture.rgb[((top + y) * picture.width + from) * 3 + channel]);
                    let expected = (pixel / 255.0 - f64::from(MEAN[channel])) / f64::from(SPREAD[channel]);
                    let found = f64::from(planes[(channel * CROP + y) * CROP + x]);
                    assert!((found - expected).abs() < 1e-5, "{sample} {channel} {x} {y}: {found} and {expected}");
                }
            }
        }
    }
    assert!((1..12).contains(&flips), "{flips} of 12 are flipped");
    // The proof is made of the same numbers.
    let each = 3 * CROP * CROP;
    let means: f64 = batch.data.values()[..12 * each]
        .chunks(each)
        .map(|planes| planes.iter().map(|number| f64::from(*number)).sum::<f64>() / each as f64 + 4.0)
        .sum();
    assert!((means - batch.check.mean).abs() < 1e-4, "{means} and {}", batch.check.mean);
}

#[test]
fn other_sizes_are_resized_and_narrow_ones_still_give_a_crop() {
    let mut decoder = Decoder::default();
    for (width, height) in [(640, 480), (100, 100), (32, 900), (900, 33), (256, 256), (1, 1)] {
        let rgb: Vec<u8> = (0..width * height * 3).map(|i| (i * 7 % 256) as u8).collect();
        let mut jpeg = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 90);
        encoder.encode(&rgb, width as u16, height as u16, jpeg_encoder::ColorType::Rgb).unwrap();
        let picture = decoder.picture(&jpeg).unwrap();
        assert_eq!(picture.width.min(picture.height), SHORT_SIDE, "{width} x {height}");
        assert_eq!(picture.rgb.len(), picture.width * picture.height * 3);
        let shape = picture.width as f64 / picture.height as f64 / (width as f64 / height as f64);
        assert!((0.99..1.01).contains(&shape), "{width} x {height} became {} x {}", picture.width, picture.height);
    }
}
