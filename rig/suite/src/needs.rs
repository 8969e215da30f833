//! Whether a bench can run a scenario.

use super::bench_kind::BenchKind;
use thecal_engine::pumps::Pumps;
use thecal_plan::Scenario;

/// What a scenario needs that the bench lacks, or the pump, if it is known before it boots.
pub(super) fn lacking(scenario: &Scenario, bench: &BenchKind, pumps: &Pumps) -> Option<String> {
    let able = bench.capabilities();
    let of_bench = scenario.needs.iter().find(|need| !able.contains(need));
    let of_bench = of_bench.map(|capability| {
        let (name, bench) = (capability.name(), bench.name());
        format!("needs {name:?}, which bench {bench} does not have")
    });
    of_bench.or_else(|| pumps.lacks(scenario))
}
