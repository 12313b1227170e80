//! The cells of stations: when one has ended, what happened in it goes to the recorder.

use super::World;
use crate::units::{InstanceId, Time};

impl World<'_> {
    /// Closes the cells that have ended at all stations, so that their figures can be read.
    pub(super) fn close_cells(&mut self) {
        self.close_components();
        let until = self.reached.min(self.recorder.timeline.end());
        for index in 0..self.stations.len() {
            if self.stations[index].meter.is_due(until) {
                self.close_station(InstanceId(index as u32), until);
            }
        }
    }

    /// Closes the cells of a station that have ended by an instant.
    #[cold]
    pub(super) fn close_station(&mut self, at: InstanceId, until: Time) {
        let station = &mut self.stations[at.index()];
        let component = station.component.index();
        let index = at.0 - self.plan.components[component].instances.0.0;
        let (loads, spread) = (&mut self.recorder.loads[component], &mut self.recorder.spreads[component]);
        let busiest = &mut self.recorder.busiest[component];
        let (groups, mut apart) = (&mut self.recorder.groups[component], self.recorder.apart.get_mut(&at));
        station.meter.close(until, station.levels, &self.recorder.timeline, |cell, load| {
            loads[cell] += load;
            busiest[cell].note(index, &load);
            spread.note(index, cell, load.served);
            groups.note(index, cell, load.served);
            if let Some(cells) = &mut apart {
                cells[cell] = load;
            }
        });
    }
}
