//! The patient named on the command line, who replaces the scenario's own.

use crate::cli::PatientArgs;
use std::sync::Arc;
use thecal_plan::parameters::Changes;
use thecal_scenario::parameters::{self, ParametersError};

/// The file of parameters named on the command line.
pub(crate) fn patient_of(args: &PatientArgs) -> Result<Option<Arc<Changes>>, ParametersError> {
    let file = args.patient.as_deref();
    file.map(|file| parameters::load(file).map(Arc::new))
        .transpose()
}
