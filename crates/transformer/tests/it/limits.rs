//! Memory, and what a trainer refuses.

use transformer::{Batch, Config, Error, Memory, Precision, Task, Trainer, largest_batch};

fn trainer(precision: Precision, limit: Option<u64>) -> Result<Trainer, Error> {
    Trainer::limited(&Config::small(), precision, 1, 2, limit)
}

#[test]
fn parts_are_what_the_precision_says() {
    let config = Config::small();
    let weights = 4 * transformer::initial_weights(&config, 1).len() as u64;
    let multiplied: usize = transformer::layout(&config)
        .iter()
        .filter(|parameter| !parameter.name.starts_with("embeddings"))
        .map(|parameter| parameter.range.len())
        .sum();
    let mut held: Vec<Memory> = Vec::new();
    for precision in [Precision::F32, Precision::Bf16, Precision::F16 { scaling: true }] {
        let mut trainer = trainer(precision, None).expect("a trainer");
        let empty = trainer.memory();
        assert_eq!((empty.activations, empty.workspace), (0, 0));
        trainer.reserve(8).expect("room");
        let memory = trainer.memory();
        assert_eq!(memory.total(), memory.parts().iter().map(|(_, bytes)| bytes).sum::<u64>());
        assert_eq!((memory.gradients, memory.optimizer), (weights, 2 * weights));
        if precision == Precision::F32 {
            assert_eq!((memory.weights, memory.master), (weights, 0));
        } else {
            assert_eq!((memory.weights, memory.master), (2 * multiplied as u64, weights));
        }
        let task = Task::new(&config, 1).expect("a task");
        trainer.step(&task.batch(0, 8)).expect("a step");
        assert_eq!(trainer.memory(), memory, "a step takes nothing more");
        trainer.reserve(16).expect("room");
        let double = trainer.memory();
        assert_eq!(double.activations, 2 * memory.activations);
        assert!(double.workspace > memory.workspace && double.workspace < 2 * memory.workspace);
        held.push(memory);
    }
    assert_eq!(held[1], held[2]);
    assert!(held[1].activations * 10 < held[0].activations * 7, "lower precision keeps less: {held:?}");
}

#[test]
fn a_limit_is_kept_and_a_smaller_batch_still_fits() {
    let mut free = trainer(Precision::Bf16, None).expect("a trainer");
    free.reserve(8).expect("room");
    let limit = free.memory().total();
    let mut limited = trainer(Precision::Bf16, Some(limit)).expect("a trainer");
    let Err(Error::Memory(refused)) = limited.reserve(9) else { panic!("9 texts are too many") };
    assert_eq!(refused.limit, Some(limit));
    assert!(refused.held + refused.wanted > limit && refused.held <= limit);
    assert!(refused.to_string().contains("smaller batch"), "{refused}");
    limited.reserve(8).expect("8 texts fit");
    limited.reserve(3).expect("and so do less");
    assert_eq!(limited.memory().total(), limit);
    let Err(Error::Memory(_)) = trainer(Precision::F32, Some(1000)) else { panic!("weights alone are too many") };
}

#[test]
fn what_a_model_cannot_read_is_said() {
    let said = |result: Result<Trainer, Error>| result.expect_err("an error").to_string();
    let with = |change: fn(&mut Config)| {
        let mut config = Config::small();
        change(&mut config);
        said(Trainer::new(&config, Precision::F32, 1, 1))
    };
    assert!(with(|config| config.heads = 5).contains("5 heads"));
    assert!(with(|config| config.layers = 0).contains("`layers` is 0"));
    let mut trainer = trainer(Precision::F32, None).expect("a trainer");
    let mut said = |tokens: Vec<u32>, labels: Vec<u32>| {
        Batch::new(tokens, labels).and_then(|batch| trainer.step(&batch)).expect_err("an error").to_string()
    };
    assert!(said(vec![1, 2, 3], vec![0, 1]).contains("3 tokens for 2 texts"));
    assert!(said(vec![1, 64], vec![0]).contains("token 64"));
    assert!(said(vec![1, 2], vec![2]).contains("class 2"));
    assert!(said(vec![1; 33], vec![0]).contains("33 tokens"));
    assert!(said(Vec::new(), Vec::new()).contains("0 texts"));
    assert!(trainer.set_weights(&[1.0]).is_err());
    let short = Config { sequence: 1, ..Config::small() };
    assert!(Task::new(&short, 1).expect_err("too short").to_string().contains("2 tokens"));
}

#[test]
fn the_largest_batch_fits_and_the_next_does_not() {
    let config = Config::small();
    let held = |precision, batch| {
        let mut trainer = Trainer::new(&config, precision, 1, 2).expect("a trainer");
        trainer.reserve(batch).expect("room");
        trainer.memory().total()
    };
    let limit = held(Precision::F32, 21);
    let largest = |precision, limit, most| largest_batch(&config, precision, 2, Some(limit), most).expect("a search");
    let f32 = largest(Precision::F32, limit, 1000);
    assert_eq!((f32.batch, f32.memory.total(), f32.reached_most), (21, limit, false));
    assert!(f32.attempts.iter().all(|attempt| attempt.fits == (attempt.batch <= 21)), "{f32:?}");
    let bf16 = largest(Precision::Bf16, limit, 1000);
    assert!(bf16.batch > f32.batch && held(Precision::Bf16, bf16.batch) <= limit);
    assert!(held(Precision::Bf16, bf16.batch + 1) > limit);
    assert!(largest(Precision::F32, limit, 5).reached_most);
    assert_eq!(largest(Precision::F32, held(Precision::F32, 1) - 1, 1000).batch, 0);
    assert_eq!(largest(Precision::F32, 10, 1000).attempts, []);
}

/// Where the system refuses: this test again, in a process whose address space is limited.
#[cfg(target_os = "linux")]
#[test]
fn what_the_system_refuses_is_no_crash() {
    const NAME: &str = "limits::what_the_system_refuses_is_no_crash";
    const INSIDE: &str = "BENCHBOOK_LIMITED";
    if std::env::var_os(INSIDE).is_some() {
        // Memory counts here, arithmetic does not.
        let config = Config { layers: 1, width: 16, heads: 1, feed_forward: 64, ..Config::small() };
        let largest = largest_batch(&config, Precision::F32, 1, None, 1 << 20).expect("a search");
        println!("found {}", largest.batch);
        return;
    }
    let this = std::env::current_exe().expect("this program");
    let found = |kibibytes: u32| {
        let script = format!("ulimit -v {kibibytes} && exec \"$0\" --exact {NAME} --nocapture --test-threads 1");
        let output = std::process::Command::new("sh").arg("-c").arg(script).arg(&this).env(INSIDE, "1").output();
        let output = output.expect("a shell");
        let text = String::from_utf8_lossy(&output.stdout);
        let found = text.split("found ").nth(1).and_then(|rest| rest.split_whitespace().next()?.parse::<usize>().ok());
        found.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
    };
    let (little, much) = (found(400 << 10), found(500 << 10));
    assert!(little > 0 && much > little, "{little} texts in 400 MiB, {much} in 500");
}
