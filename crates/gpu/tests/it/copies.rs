//! Copies to the GPU: what arrives, and when it may be worked on.

use gpu::{Buffer, DoubleBuffer, Element, Error, Handle, Pinned, copy_in};

use crate::emulator;

/// Batches of different numbers, through both ways and both kinds of memory: each must be seen once, whole, and after the one before it.
pub(crate) fn are_in_order(device: &Handle, len: usize) {
    let mut pinned = [Pinned::zeros(device, len).unwrap(), Pinned::zeros(device, len).unwrap()];
    let mut ordinary = [vec![0.0; len], vec![0.0; len]];
    let expected: f32 = (0..20_u16).map(|i| f32::from(i) * f32::from(i + 1)).sum();
    for from_pinned in [true, false] {
        let mut turns = DoubleBuffer::new(device, len).unwrap();
        let mut one = Buffer::reserve(device, Element::F32, len).unwrap();
        let mut sums = [(); 2].map(|()| Buffer::zeros(device, Element::F32, len).unwrap());
        // Each batch weighs differently, so that a batch that is seen twice or too early shows.
        let mut weight = 0.0;
        for number in 0..=20_u16 {
            let [pinned, ordinary] = [pinned[usize::from(number % 2)].as_mut(), &mut ordinary[usize::from(number % 2)]];
            let host = if from_pinned { pinned } else { ordinary };
            host.fill(f32::from(number));
            let next = (number < 20).then_some(&*host);
            let worked = turns.turn(next, |batch| {
                weight += 1.0;
                gpu::axpy(weight, batch, sums[0].view_mut())
            });
            assert_eq!(worked.unwrap().is_some(), number > 0);
            if let Some(host) = next {
                copy_in(host, one.view_mut()).unwrap();
                gpu::axpy(f32::from(number) + 1.0, one.view(), sums[1].view_mut()).unwrap();
            }
        }
        for sums in sums {
            assert!(sums.download().unwrap().iter().all(|sum| *sum == expected), "pinned: {from_pinned}");
        }
    }
}

#[test]
fn batches_arrive_whole_and_in_order() {
    if let Some(device) = emulator::device(64 << 20) {
        are_in_order(&device, 1 << 12);
    }
}

#[test]
fn a_shorter_batch_is_seen_as_it_is_and_a_longer_one_is_an_error() {
    let Some(device) = emulator::device(1 << 20) else { return };
    let mut turns = DoubleBuffer::new(&device, 4).unwrap();
    let see = |batch: gpu::View<'_>| batch.download();
    assert_eq!(turns.turn(Some(&[1.0, 2.0]), see).unwrap(), None);
    assert!(turns.turn(Some(&[0.0; 5]), see).unwrap_err().to_string().contains("5 numbers for a place of 4"));
    assert_eq!(turns.turn(Some(&[3.0; 4]), see).unwrap(), Some(vec![1.0, 2.0]), "what waited still waits");
    assert_eq!(turns.turn(None, see).unwrap(), Some(vec![3.0; 4]));
    assert_eq!(turns.turn(None, see).unwrap(), None);
    assert!(copy_in(&[0.0; 3], Buffer::zeros(&device, Element::F32, 4).unwrap().view_mut()).is_err());
}

#[test]
fn what_the_work_says_comes_out_and_the_copy_is_waited_for() {
    let Some(device) = emulator::device(1 << 20) else { return };
    let mut turns = DoubleBuffer::new(&device, 2).unwrap();
    turns.turn(Some(&[1.0, 1.0]), |_| Ok::<_, Error>(())).unwrap();
    let failed = turns.turn(Some(&[2.0, 2.0]), |_| Err::<(), _>(Error::Unsuitable("no".to_owned())));
    assert_eq!(failed.unwrap_err().to_string(), "no");
    // Had it not been waited for, it would be made now, from memory that is gone.
    device.wait_beside().unwrap();
}

#[test]
fn pinned_memory_is_zero_at_first_and_given_back() {
    let Some(device) = emulator::device(1 << 12) else { return };
    for _ in 0..10 {
        let mut pinned = Pinned::zeros(&device, 512).unwrap();
        assert_eq!(pinned.as_ref(), [0.0; 512]);
        pinned.as_mut().fill(1.0);
    }
    assert!(matches!(Pinned::zeros(&device, 1 << 12), Err(Error::OutOfMemory { .. })));
}
