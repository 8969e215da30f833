//! Order, repeatability and bounds of the expansion.

use super::*;
use crate::Action;
use proptest::prelude::*;

const END: Millis = Millis::HOUR.times(2);

fn press(schedule: Schedule) -> Entry {
    Entry {
        schedule,
        action: Action::Press { remote: 1 },
        control: None,
        line: 1,
    }
}

fn repeated(from: u64, every: u64, until: u64, jitter: Jitter) -> Schedule {
    Schedule::Repeated {
        from: SimTime::from_millis(from),
        every: Millis::from_millis(every),
        until: SimTime::from_millis(until),
        jitter,
    }
}

fn times(timeline: &[Entry], seed: u64) -> Vec<(u64, usize)> {
    let events = events(timeline, seed, END, MAX_EVENTS).unwrap();
    events
        .into_iter()
        .map(|(time, index)| (time.as_millis(), index))
        .collect()
}

#[test]
fn repeats_from_the_first_until_just_before_the_end() {
    let entry = press(repeated(1_000, 500, 2_500, Jitter::None));
    assert_eq!(times(&[entry], 1), [(1_000, 0), (1_500, 0), (2_000, 0)]);
}

#[test]
fn events_at_one_instant_keep_the_order_of_the_file() {
    let once = |at| press(Schedule::Once(SimTime::from_millis(at)));
    assert_eq!(
        times(&[once(7), once(3), once(7)], 1),
        [(3, 1), (7, 0), (7, 2)]
    );
}

#[test]
fn a_seed_pins_the_draws_on_every_platform() {
    let minute = Millis::MINUTE;
    let draw = |jitter| times(&[press(repeated(600_000, 60_000, 900_000, jitter))], 7);
    let drawn = |jitter| {
        let events = draw(jitter).into_iter();
        events.map(|(time, _)| time).collect::<Vec<_>>()
    };
    let all = [
        drawn(Jitter::Uniform(minute)),
        drawn(Jitter::Normal(minute)),
        drawn(Jitter::Exponential),
    ];
    let uniform = vec![558_935, 620_158, 744_513, 807_209, 852_151];
    let normal = vec![553_478, 576_995, 773_383, 801_587, 858_001];
    let exponential = vec![609_499, 637_960, 766_880, 791_259, 847_974];
    assert_eq!(all, [uniform, normal, exponential]);
}

#[test]
fn an_entry_keeps_its_times_when_another_is_added() {
    let spam = press(repeated(
        0,
        20_000,
        3_600_000,
        Jitter::Normal(Millis::from_secs(5)),
    ));
    let alone = times(std::slice::from_ref(&spam), 9);
    let both = times(&[spam.clone(), spam], 9);
    let first: Vec<_> = both
        .iter()
        .copied()
        .filter(|(_, index)| *index == 0)
        .collect();
    assert_eq!(first, alone);
    assert_ne!(
        first.len() * 2,
        both.iter()
            .filter(|(time, _)| alone.contains(&(*time, 0)))
            .count()
    );
}

#[test]
fn a_poisson_process_has_its_mean_rate() {
    let count = times(
        &[press(repeated(0, 1_000, 7_200_000, Jitter::Exponential))],
        3,
    )
    .len();
    // 7200 expected; five standard deviations are 424.
    assert!((6_776..=7_624).contains(&count), "{count}");
}

#[test]
fn the_limit_holds_for_what_jitter_moves_past_the_end_too() {
    let wide = Jitter::Uniform(Millis::DAY.times(365));
    let entry = press(repeated(0, 1, END.as_millis(), wide));
    let passed = events(&[entry], 1, END, MAX_EVENTS).unwrap_err();
    assert_eq!(passed.entry, 0);
}

fn any_jitter() -> impl Strategy<Value = Jitter> {
    let span = (0_u64..10_000_000).prop_map(Millis::from_millis);
    prop_oneof![
        Just(Jitter::None),
        span.clone().prop_map(Jitter::Uniform),
        span.prop_map(Jitter::Normal),
        Just(Jitter::Exponential),
    ]
}

fn any_entry() -> impl Strategy<Value = Entry> {
    (
        0_u64..7_200_000,
        10_000_u64..1_000_000,
        0_u64..=7_200_000,
        any_jitter(),
        any::<bool>(),
    )
        .prop_map(|(from, every, until, jitter, once)| {
            let at = Schedule::Once(SimTime::from_millis(from));
            press(if once {
                at
            } else {
                repeated(from, every, until, jitter)
            })
        })
}

proptest! {
    #[test]
    fn sorted_repeatable_and_inside_the_run(
        timeline in prop::collection::vec(any_entry(), 0..5),
        seed in any::<u64>(),
    ) {
        let first = events(&timeline, seed, END, MAX_EVENTS).unwrap();
        let second = events(&timeline, seed, END, MAX_EVENTS).unwrap();
        prop_assert_eq!(&first, &second);
        prop_assert!(first.is_sorted());
        prop_assert!(first.iter().all(|(time, index)| time.since_origin() <= END && *index < timeline.len()));
    }
}
