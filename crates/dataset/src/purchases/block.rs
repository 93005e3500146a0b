//! One block of rows of the default table, column by column.

use polars::prelude::*;

use super::random::{Random, below, mix, unit};
use super::words::SYSTEMS;
use super::world::{Choice, World, cents};

/// Rows of a block. Part of the table's definition: another size makes other values.
pub(super) const BLOCK: u64 = 32_768;

/// Features that are almost always zero, with the share of rows in which they are not.
const SPARSE: [f64; 6] = [0.08, 0.05, 0.03, 0.02, 0.01, 0.005];

/// The rows of block `number`.
pub(super) fn block(world: &World, number: u64) -> PolarsResult<DataFrame> {
    let first = number * BLOCK;
    let rows = usize::try_from(BLOCK.min(world.rows - first)).unwrap_or(0);
    let random = |column: u64| Random::new(world.seed, number, column);
    let draw = |column: u64| {
        let mut random = random(column);
        move || random.bits()
    };

    // Who, what and when; much of the rest belongs to the user or the item.
    let users: Vec<i64> = repeat(rows, draw(1), |bits| world.user(world.users.pick(bits)));
    let items: Vec<i64> = repeat(rows, draw(2), |bits| world.item(world.items.pick(bits)));
    let mut jitter = random(0);
    let moments: Vec<i64> = (0..rows as u64)
        .map(|row| world.seasons.moment(((first + row) as f64 + jitter.unit()) / world.rows as f64))
        .collect();
    let countries: Vec<usize> = users.iter().map(|&user| world.countries.pick(world.trait_of(user, 10))).collect();
    let devices: Vec<usize> = users
        .iter()
        .zip(repeat(rows, draw(3), |bits| bits))
        // Most visits come from the user's usual device.
        .map(|(&user, bits)| world.devices.pick(if below(bits, 5) > 0 { world.trait_of(user, 11) } else { mix(bits) }))
        .collect();
    let members: Vec<bool> = users.iter().map(|&user| world.number(user, 12, 100) < 35).collect();
    let sessions = users.iter().zip(&moments).map(|(&user, moment)| {
        let half_hour = (moment / 1_800_000_000) as u64;
        format!("{:016x}", mix(world.trait_of(user, 13) ^ half_hour))
    });

    // Money.
    let prices: Vec<f64> = items.iter().map(|&item| world.price(item)).collect();
    let quantities: Vec<i64> = repeat(rows, draw(4), |bits| 1 + i64::from(bits.trailing_ones().min(11)));
    let discounts: Vec<f64> =
        repeat(rows, draw(5), |bits| if below(bits, 10) < 7 { 0.0 } else { (1 + below(mix(bits), 10)) as f64 * 0.05 });
    let shipping: Vec<Option<f64>> = members
        .iter()
        .zip(repeat(rows, draw(6), |bits| bits))
        .map(|(&member, bits)| match below(bits, 10) {
            0 => None,
            _ if member => Some(0.0),
            class => Some([2.99, 4.9, 6.5][class as usize % 3]),
        })
        .collect();
    let totals: Vec<f64> = (0..rows)
        .map(|row| cents(prices[row] * quantities[row] as f64 * (1.0 - discounts[row]) + shipping[row].unwrap_or(0.0)))
        .collect();

    let features = features(rows, &random);
    let labels = labels(rows, &features, &members, &discounts, &devices, random(8))?;

    let pair = |row: usize| world.countries.name(countries[row]).split_at(2);
    let common = |name: &str, choice: &Choice, column: u64| {
        let mut draw = draw(column);
        strings(name, (0..rows).map(|_| choice.name(choice.pick(draw()))))
    };
    let owned = |name: &str, values: Vec<i64>| Column::new(name.into(), values);
    let mut coupon = random(30);
    let mut delivery = random(31);
    let mut rating = random(32);
    let mut opted = random(33);
    let mut gift = random(34);

    let mut columns = vec![
        owned("purchase_id", (0..rows as i64).map(|row| 10_000_000 + first as i64 + row).collect()),
        Int64Chunked::from_vec("timestamp".into(), moments.clone())
            .into_datetime(TimeUnit::Microseconds, None)
            .into_column(),
        owned("user_id", users.clone()),
        strings("session_id", sessions),
        owned("item_id", items.clone()),
        texts(rows, "category", |row| world.categories.name(world.categories.pick(world.trait_of(items[row], 20)))),
        texts(rows, "brand", |row| world.brands.name(world.brands.pick(world.trait_of(items[row], 21)))),
        owned("seller_id", items.iter().map(|&item| 700 + world.number(item, 22, 2000) as i64).collect()),
        Column::new("price".into(), prices),
        owned("quantity", quantities),
        Column::new("discount".into(), &discounts),
        Column::new("shipping_cost".into(), shipping),
        Column::new("total".into(), totals),
        texts(rows, "currency", |row| &pair(row).1[1..]),
        texts(rows, "country", |row| pair(row).0),
        texts(rows, "city", |row| world.cities.name(world.cities.pick(world.trait_of(users[row], 14)))),
        texts(rows, "device", |row| world.devices.name(devices[row])),
        texts(rows, "os", |row| {
            let systems = SYSTEMS[devices[row]];
            systems[world.number(users[row], 15, systems.len() as u64) as usize]
        }),
        common("browser", &world.browsers, 23),
        common("payment", &world.payments, 24),
        common("channel", &world.channels, 25),
        optional("coupon", (0..rows).map(|_| coupon.chance(0.15).then(|| format!("SAVE{}", 5 + 5 * coupon.below(24))))),
        optional(
            "loyalty_tier",
            users.iter().map(|&user| {
                let tier = world.tiers.name(world.tiers.pick(world.trait_of(user, 16)));
                (world.number(user, 17, 10) < 6).then_some(tier)
            }),
        ),
        Column::new(
            "age".into(),
            users
                .iter()
                .map(|&user| {
                    (world.number(user, 18, 4) > 0)
                        .then(|| 18 + (world.number(user, 19, 40) + world.number(user, 26, 30)) as i64)
                })
                .collect::<Vec<Option<i64>>>(),
        ),
        Column::new("is_member".into(), &members),
        Column::new("is_gift".into(), (0..rows).map(|_| gift.chance(0.06)).collect::<Vec<bool>>()),
        Column::new(
            "opted_in".into(),
            (0..rows).map(|_| if opted.chance(0.2) { None } else { Some(opted.chance(0.45)) }).collect::<Vec<_>>(),
        ),
        Column::new(
            "delivery_days".into(),
            (0..rows)
                .map(|_| (!delivery.chance(0.12)).then(|| 1 + delivery.below(4) as i64 + delivery.below(5) as i64))
                .collect::<Vec<Option<i64>>>(),
        ),
        Column::new(
            "rating".into(),
            (0..rows)
                .map(|_| rating.chance(0.3).then(|| 5 - rating.below(5).min(rating.below(5)) as i64))
                .collect::<Vec<Option<i64>>>(),
        ),
        reviews(world, rows, random(35)),
    ];
    columns.extend(features);
    columns.push(labels);
    DataFrame::new(rows, columns)
}

fn repeat<T>(rows: usize, mut draw: impl FnMut() -> u64, make: impl Fn(u64) -> T) -> Vec<T> {
    (0..rows).map(|_| make(draw())).collect()
}

fn texts<'a>(rows: usize, name: &str, pick: impl Fn(usize) -> &'a str) -> Column {
    strings(name, (0..rows).map(pick))
}

fn strings<T: AsRef<str>>(name: &str, values: impl Iterator<Item = T>) -> Column {
    StringChunked::from_iter_values(name.into(), values).into_column()
}

fn optional<T: AsRef<str>>(name: &str, values: impl Iterator<Item = Option<T>>) -> Column {
    values.collect::<StringChunked>().with_name(name.into()).into_column()
}

/// `f00` to `f11`: dense ones, one with nulls, and sparse ones.
fn features(rows: usize, random: &dyn Fn(u64) -> Random) -> Vec<Column> {
    let mut columns = Vec::with_capacity(12);
    for number in 0..5 {
        let mut random = random(40 + number);
        let make = |value: f64| match number {
            // Spread over magnitudes, a count-like one, and plain ones.
            1 => value * value * value,
            2 => (value.abs() * 10.0).floor(),
            3 => 100.0 + 15.0 * value,
            _ => value,
        };
        columns.push(Column::new(
            format!("f{number:02}").into(),
            (0..rows).map(|_| make(random.normal())).collect::<Vec<f64>>(),
        ));
    }
    let mut with_nulls = random(45);
    let values: Vec<Option<f64>> =
        (0..rows).map(|_| if with_nulls.chance(0.08) { None } else { Some(with_nulls.normal()) }).collect();
    columns.push(Column::new("f05".into(), values));
    for (number, share) in (6..).zip(SPARSE) {
        let mut random = random(40 + number);
        let values: Vec<f64> =
            (0..rows).map(|_| if random.chance(share) { random.normal().abs() + 0.1 } else { 0.0 }).collect();
        columns.push(Column::new(format!("f{number:02}").into(), values));
    }
    columns
}

/// Whether the purchase was recommended to a friend: likelier with some features, so that a model can learn it.
fn labels(
    rows: usize,
    features: &[Column],
    members: &[bool],
    discounts: &[f64],
    devices: &[usize],
    mut random: Random,
) -> PolarsResult<Column> {
    let values =
        |number: usize| -> PolarsResult<Vec<f64>> { Ok(features[number].f64()?.into_no_null_iter().collect()) };
    let (f00, f01, f04, f06, f07) = (values(0)?, values(1)?, values(4)?, values(6)?, values(7)?);
    let label = |row: usize| {
        let score = -1.9 + 1.3 * f00[row] - 0.4 * f01[row].clamp(-3.0, 3.0)
            + 0.8 * f04[row] * f00[row]
            + 1.5 * f64::from(u8::from(f06[row] > 0.0))
            - 2.0 * f64::from(u8::from(f07[row] > 0.0))
            + 0.9 * f64::from(u8::from(members[row]))
            + 2.0 * discounts[row]
            - 0.5 * f64::from(u8::from(devices[row] == 1));
        // A sigmoid of exactly rounded operations only: the same on every machine.
        let probability = 0.5 + 0.5 * score / (1.0 + score * score).sqrt();
        i64::from(random.unit() < probability)
    };
    Ok(Column::new("label".into(), (0..rows).map(label).collect::<Vec<i64>>()))
}

/// Short texts, for one purchase in four.
fn reviews(world: &World, rows: usize, mut random: Random) -> Column {
    let mut text = String::new();
    let mut builder = StringChunkedBuilder::new("review".into(), rows);
    for _ in 0..rows {
        if !random.chance(0.25) {
            builder.append_null();
            continue;
        }
        text.clear();
        for word in 0..3 + random.below(8) + random.below(8) {
            if word > 0 {
                text.push(' ');
            }
            text.push_str(world.words.name(world.words.pick(random.bits())));
        }
        text.push(if unit(random.bits()) < 0.2 { '!' } else { '.' });
        builder.append_value(&text);
    }
    builder.finish().into_column()
}
