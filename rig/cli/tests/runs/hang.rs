//! A pump that hangs: the watchdog acts in virtual time, and the verdict is `fail`.

use thecal_cli::registry::reference;
use thecal_engine::bench::{Bench, BenchError, Exchange};
use thecal_engine::run::{Progress, RunError, run};
use thecal_engine::verdict::{Verdict, judge};
use thecal_link::limits::NVM_LEN;
use thecal_link::{Boot, Hello, Reaction, Stimulus};
use thecal_plan::Scenario;
use thecal_reference::Native;
use thecal_reference::programmer::Reference;
use thecal_scenario::parse;

fn quiet_hours() -> Scenario {
    let text = "title = \"Quiet hours\"\nseed = 1\nduration = \"4 h\"\n\
        [patient]\ntolerance = \"chronic\"\n\
        [pump]\ndrug = \"morphine\"\nconcentration = \"2 mg/mL\"\nreservoir = \"18 mL\"\n\
        [therapy]\ndose = \"1 mg/day\"\n\
        [[expect]]\nname = \"quiet\"\nnever = \"alarm.non-critical\"\n";
    parse("test/quiet-hours", "quiet-hours.toml", text).expect("a valid scenario")
}

#[test]
fn a_hang_ends_in_a_watchdog_reset_and_fails_the_pump() {
    let scenario = quiet_hours();
    let mut bench = Native::hang_at(vec![100]);
    let progress = Progress::default();
    let history = run(
        &scenario,
        &mut bench,
        Box::new(Reference::new()),
        None,
        &progress,
    )
    .expect("a hanging pump does not break the rig");
    let judgement = judge(&scenario, &history, &reference());
    assert_eq!(judgement.verdict, Verdict::Fail);
    assert_eq!(history.hangs.len(), 1);
    assert_eq!(history.resets.len(), 1);
    let waited = history.resets[0].at.since(history.hangs[0]);
    assert!(
        waited.as_millis() > 0,
        "the watchdog takes its time: {waited}"
    );
    for said in ["hangs: no reaction", "reset by its watchdog"] {
        let mut events = history.events.iter();
        assert!(events.any(|one| one.what.contains(said)), "{said}");
    }
    assert!(
        history.status.is_some(),
        "after the reset the pump works again"
    );
}

#[test]
fn a_pump_that_hangs_again_and_again_is_given_up_and_fails() {
    let scenario = quiet_hours();
    let mut bench = Native::hang_at((100..200).collect());
    let progress = Progress::default();
    let history = run(
        &scenario,
        &mut bench,
        Box::new(Reference::new()),
        None,
        &progress,
    )
    .expect("a hanging pump does not break the rig");
    let judgement = judge(&scenario, &history, &reference());
    assert_eq!(judgement.verdict, Verdict::Fail);
    assert!(history.hangs.len() <= 4, "{} hangs", history.hangs.len());
    assert!(history.status.is_none(), "it does not answer at the end");
}

/// A bench whose process dies during the run.
struct Dying(Native, u32);

impl Bench for Dying {
    fn boot(&mut self, boot: &Boot, nvm: &[u8; NVM_LEN]) -> Result<Hello, BenchError> {
        self.0.boot(boot, nvm)
    }

    fn exchange(
        &mut self,
        stimulus: &Stimulus,
        reaction: &mut Reaction,
    ) -> Result<Exchange, BenchError> {
        self.1 -= 1;
        if self.1 == 0 {
            let (how, detail) = ("signal: 9".into(), String::new());
            return Err(BenchError::ProcessGone {
                program: "qemu-system-arm",
                how,
                detail,
            });
        }
        self.0.exchange(stimulus, reaction)
    }
}

#[test]
fn a_bench_that_dies_is_an_error_with_its_cause_and_its_instant() {
    let scenario = quiet_hours();
    let mut bench = Dying(Native::new(), 50);
    let progress = Progress::default();
    let failure = run(
        &scenario,
        &mut bench,
        Box::new(Reference::new()),
        None,
        &progress,
    )
    .expect_err("the bench dies");
    assert!(matches!(
        *failure.error,
        RunError::Bench(BenchError::ProcessGone { .. })
    ));
    assert!(failure.at.as_millis() > 0);
    assert!(failure.to_string().contains("qemu-system-arm"), "{failure}");
}
