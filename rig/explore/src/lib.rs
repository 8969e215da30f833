//! Stories that nobody wrote: prescriptions with ragged numbers, people and faults, placed where a pump
//! has something to lose (a millisecond before, at and after the end of a bolus, of a lockout, of a day).
//!
//! The story with number i is a function of the seed and i, on every machine. It is a scenario file like
//! any other, judged by the specification and the monitors. Nothing is steered by what was seen, and
//! nothing is made smaller yet.
//!
//! ```text
//! draw       numbers of a story                         (draw.rs)
//! therapy    a prescription                             (therapy.rs)
//! sheet      the story as far as it is written          (sheet.rs)
//! people     scenes on it; breakage: faults on it       (people.rs, breakage.rs)
//! story      the whole                                  (story.rs)
//! ```

mod breakage;
mod draw;
mod people;
mod sheet;
mod story;
mod therapy;

pub use story::story;

#[cfg(test)]
mod tests {
    use super::*;
    use thecal_scenario::parse;

    #[test]
    fn every_story_is_a_scenario() {
        for seed in [1, 2, 20_261_201] {
            for index in 0..300 {
                let text = story(seed, index);
                if let Err(error) = parse("explore/drawn", "drawn.toml", &text) {
                    panic!("story {index} of seed {seed}: {error}\n{error:?}\n{text}");
                }
            }
        }
    }

    #[test]
    fn a_story_is_the_same_each_time_and_no_two_are() {
        assert_eq!(story(7, 11), story(7, 11));
        let all: std::collections::BTreeSet<String> = (0..200).map(|nth| story(7, nth)).collect();
        assert_eq!(all.len(), 200);
    }
}
