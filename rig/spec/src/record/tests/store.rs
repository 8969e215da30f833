//! How many entries of a code that may repeat are in store.

use super::log::NOTHING;
use super::{NONE, Story, in_service};
use crate::testing::minutes;
use thecal_plan::{LogDetail, LogKind};

/// A magnet, ten times on the first day, then so often on the fifth, of which so many are logged.
fn magnets_on_two_days(later: u64, logged: usize) -> Story {
    let mut story = in_service(120);
    let days = [(0..10, 300, 8), (0..later, 4 * 1_440 + 300, logged)];
    for (nth, at, logged) in days
        .into_iter()
        .flat_map(|(these, at, logged)| these.map(move |nth| (nth, at, logged)))
    {
        let (near, gone) = (minutes(at + 10 * nth), minutes(at + 5 + 10 * nth));
        story.case.magnet.extend([(near, true), (gone, false)]);
        if usize::try_from(nth).is_ok_and(|nth| nth < logged) {
            story.logs(near, LogKind::MagnetClosed, NOTHING);
            story.logs(gone, LogKind::MagnetOpened, LogDetail::Number(5));
        }
    }
    story
}

/// Its log, with what was left out counted at each midnight.
fn counting_days(mut story: Story, days: [u32; 2]) -> Vec<&'static str> {
    let kinds = [LogKind::MagnetClosed, LogKind::MagnetOpened];
    let mut counts = Vec::new();
    for (day, count) in [1, 5].into_iter().zip(days).filter(|&(_, count)| count > 0) {
        for kind in kinds {
            let says = LogDetail::Number(count.into());
            story.logs(minutes(day * 1_440), LogKind::LeftOut, says);
            counts.push((kind, count));
        }
    }
    story.breaks_with(|case| {
        let left = case.entries.iter_mut();
        let left = left.filter(|entry| entry.kind == LogKind::LeftOut);
        for (entry, count) in left.zip(counts) {
            entry.left_out = Some(count);
        }
    })
}

#[test]
fn the_store_fills_by_a_day_and_never_beyond_its_share() {
    // None in store on the first evening; the first day was one with a count, the three behind it add one each.
    assert_eq!(counting_days(magnets_on_two_days(5, 3), [2, 2]), NONE);
    let too_few = counting_days(magnets_on_two_days(5, 2), [2, 3]);
    assert_eq!(too_few, ["left-out-is-counted"]);
    let too_many = counting_days(magnets_on_two_days(5, 5), [2, 0]);
    assert_eq!(too_many, ["entries-are-limited"]);
    // Ten days of rest leave eight in store, not eighteen.
    let rested = |logged| {
        let mut story = in_service(14 * 24);
        for nth in 0..10_u64 {
            let (near, gone) = (minutes(14_400 + 10 * nth), minutes(14_405 + 10 * nth));
            story.case.magnet.extend([(near, true), (gone, false)]);
            if usize::try_from(nth).is_ok_and(|nth| nth < logged) {
                story.logs(near, LogKind::MagnetClosed, NOTHING);
                story.logs(gone, LogKind::MagnetOpened, LogDetail::Number(5));
            }
        }
        story.breaks().contains(&"entries-are-limited")
    };
    assert!(rested(10) && !rested(8));
}
