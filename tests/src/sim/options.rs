//! What goes wrong in a simulated field, and how often.

/// One run: everything in it follows from these values.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// Things that happen before the field comes to rest.
    pub steps: usize,
    /// How often the field comes to rest and is examined.
    pub rests: usize,
    /// Phones at most; clones add to those of the beginning.
    pub phones_max: usize,
    /// What goes wrong.
    pub faults: Faults,
}

impl Options {
    /// A run of usual length with usual faults.
    pub fn new(seed: u64) -> Self {
        Self { seed, steps: 100, rests: 2, phones_max: 16, faults: Faults::default() }
    }
}

/// Odds in a thousand: of each message for the network, of each step for the rest.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// A request never arrives.
    pub request_lost: u32,
    /// A request arrives when the phone has long given up, and overtakes or follows others.
    pub request_late: u32,
    /// A request arrives a second time, later.
    pub request_twice: u32,
    /// The server did what it was asked, and its answer is lost.
    pub answer_lost: u32,
    /// The app is killed; what it saved last is what it has.
    pub restart: u32,
    /// A phone is put back to an older backup.
    pub restore: u32,
    /// A phone is cloned, and both go on.
    pub clone: u32,
    /// A phone is switched off and on.
    pub reboot: u32,
    /// A wall clock is set to nonsense.
    pub wall_set: u32,
    /// A monotonic clock begins to run too fast or too slow.
    pub drift: u32,
    /// Hours pass at once.
    pub long_pause: u32,
    /// Somebody changes the team.
    pub team_change: u32,
    /// A phone's copy of a bucket is damaged.
    pub damage: u32,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            request_lost: 60,
            request_late: 60,
            request_twice: 60,
            answer_lost: 100,
            restart: 15,
            restore: 25,
            clone: 8,
            reboot: 20,
            wall_set: 20,
            drift: 10,
            long_pause: 15,
            team_change: 4,
            damage: 10,
        }
    }
}
