//! What may happen in a world, and how likely it is.

use proptest::prelude::*;

use crate::people::USERS;

/// What a person does on a phone.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    /// Writes about a visit; makes it first.
    Visit { index: u8, purpose: Option<u8> },
    /// Tags or untags a visit.
    Tag { index: u8, tag: u8, add: bool },
    /// Deletes a visit.
    Delete { index: u8 },
    /// Adds one to a counter that no other op has, in an own tally or somebody else's: a lost op shows as 0, a doubled one as 2.
    Count { owner: u8 },
    /// A tally with two counts, as one group.
    Group,
    /// Makes a booking or cancels it.
    Booking { cancel: bool },
}

/// What happens to a request or its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    Delivered,
    RequestLost,
    AnswerLost,
    /// The request arrives twice; the first or the second answer comes back.
    Doubled {
        first: bool,
    },
    /// The answer comes after the next one.
    Late,
    Overloaded,
}

/// One step of the world.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Do(u8, Deed),
    Exchange(u8, Fate),
    /// The process ends and reads its saved state again.
    Restart(u8),
    /// The phone reboots: its monotonic clock begins anew.
    Reboot(u8),
    /// The phone's saved state is copied away.
    BackUpPhone(u8),
    /// The phone falls back to the copy; what was recorded since and not sent is lost.
    RestorePhone(u8),
    /// The copy becomes a second phone.
    Clone(u8),
    /// The phone loses its state and logs in with the same device.
    Wipe(u8),
    /// A member falls out of the phone's copy.
    Corrupt(u8),
    BackUpServer,
    RestoreServer,
    /// The lead loses or regains access to a promoter's records.
    Hide(u8, bool),
    /// A user leaves the project or comes back.
    Leave(u8, bool),
    Wait(u32),
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (0..2u8, prop::option::of(0..4u8)).prop_map(|(index, purpose)| Deed::Visit { index, purpose }),
        2 => (0..2u8, 0..3u8, any::<bool>()).prop_map(|(index, tag, add)| Deed::Tag { index, tag, add }),
        1 => (0..2u8).prop_map(|index| Deed::Delete { index }),
        6 => (0..USERS).prop_map(|owner| Deed::Count { owner }),
        2 => Just(Deed::Group),
        1 => any::<bool>().prop_map(|cancel| Deed::Booking { cancel }),
    ]
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        // Most exchanges succeed: otherwise nothing is ever acknowledged and there is nothing to lose.
        8 => Just(Fate::Delivered),
        1 => Just(Fate::RequestLost),
        2 => Just(Fate::AnswerLost),
        1 => any::<bool>().prop_map(|first| Fate::Doubled { first }),
        1 => Just(Fate::Late),
        1 => Just(Fate::Overloaded),
    ]
}

/// Recording and exchanging dominate, so that the rare steps meet full logs and copies; phones are named by a number modulo their count.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let phone = 0..12u8;
    let step = prop_oneof![
        20 => (phone.clone(), deeds()).prop_map(|(phone, deed)| Step::Do(phone, deed)),
        20 => (phone.clone(), fates()).prop_map(|(phone, fate)| Step::Exchange(phone, fate)),
        2 => phone.clone().prop_map(Step::Restart),
        1 => phone.clone().prop_map(Step::Reboot),
        2 => phone.clone().prop_map(Step::BackUpPhone),
        2 => phone.clone().prop_map(Step::RestorePhone),
        1 => phone.clone().prop_map(Step::Clone),
        1 => phone.clone().prop_map(Step::Wipe),
        1 => phone.clone().prop_map(Step::Corrupt),
        2 => Just(Step::BackUpServer),
        2 => Just(Step::RestoreServer),
        1 => (0..2u8, any::<bool>()).prop_map(|(user, hidden)| Step::Hide(user, hidden)),
        1 => (0..USERS, any::<bool>()).prop_map(|(user, left)| Step::Leave(user, left)),
        2 => (0..7_200_000u32).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..80)
}
