//! Under construction.
#![no_std]
pub struct Pump;
impl Pump {
    pub fn new(_: [u8; 20], _: &str) -> Self {
        Self
    }
}
impl thecal_link::endpoint::Program for Pump {
    fn boot(
        &mut self,
        _: &thecal_link::Boot,
        _: &[u8; thecal_link::limits::NVM_LEN],
    ) -> thecal_link::Hello {
        todo!()
    }
    fn react(&mut self, _: &thecal_link::Stimulus, _: &mut thecal_link::Reaction) {}
    fn reset(&mut self) {}
}
