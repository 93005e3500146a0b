//! How many threads a kernel gets.

use gpu::{Element, PARTIALS, Shape};

#[test]
fn elements_are_all_covered_and_blocks_are_no_more_than_needed() {
    for (elements, element, blocks) in [
        (0, Element::F32, 1),
        (1, Element::F32, 1),
        (1024, Element::F32, 1),
        (1025, Element::F32, 2),
        (2048, Element::F16, 1),
        (2049, Element::Bf16, 2),
        (1 << 30, Element::F32, 1 << 20),
    ] {
        let shape = Shape::elements(elements, element).unwrap();
        assert_eq!((shape.blocks, shape.threads), (blocks, 256), "{elements} of {element:?}");
    }
    assert!(Shape::elements(usize::MAX, Element::F32).is_err());
}

#[test]
fn a_row_has_whole_warps() {
    for (columns, element, threads) in [
        (1, Element::F32, 32),
        (128, Element::F32, 32),
        (128, Element::F16, 32),
        (768, Element::F32, 256),
        (768, Element::F16, 128),
        (4096, Element::F32, 1024),
        (1 << 20, Element::F16, 1024),
    ] {
        let shape = Shape::rows(7, columns, element).unwrap();
        assert_eq!((shape.blocks, shape.threads), (7, threads), "{columns} of {element:?}");
    }
}

#[test]
fn partial_results_fit_their_room() {
    for elements in [0, 1, 1 << 10, 1 << 20, 1 << 34] {
        let blocks = Shape::partial(elements, Element::F16).blocks as usize;
        assert!((1..=PARTIALS).contains(&blocks), "{elements}: {blocks}");
    }
}
