//! What happens on a day, drawn from a seed: the same for every run, whatever the engine and the order of delivery.

use tests::chance::Chance;

/// The people in the field; the last two are agents of one company.
pub(crate) const FIELD: [&str; 7] = ["lihua", "zhangwei", "wangfang", "liuyang", "zhaolei", "machao", "linna"];
/// Bookings of one phone in one of the two waves of a day, at most.
const BOOKINGS: u64 = 6;
const SURNAMES: [&str; 8] = ["王", "李", "张", "刘", "陈", "杨", "欧阳", "赵"];
const FORMS: [&str; 4] = ["女士", "先生", "总", "老师"];

/// Somebody who may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Customer(pub(crate) u32);

impl Customer {
    /// The full number. Every fortieth customer has the last digits of another one: masks collide.
    pub(crate) fn number(self) -> String {
        let last = if self.0.is_multiple_of(40) { self.0 / 2 } else { self.0 };
        format!("139{:04}{last:04}", self.0 % 9_973)
    }

    /// The mask of the number.
    pub(crate) fn mask(self) -> String {
        let number = self.number();
        format!("{}****{}", &number[..3], &number[7..])
    }

    /// The name, as the desk is given it.
    pub(crate) fn name(self) -> String {
        let index = self.0 as usize;
        format!("{}{}", SURNAMES[index % SURNAMES.len()], FORMS[index / SURNAMES.len() % FORMS.len()])
    }
}

/// A booking recorded without signal.
#[derive(Debug, Clone)]
pub(crate) struct Booked {
    /// Index in [`FIELD`].
    pub(crate) by: usize,
    /// Minutes after the phone's last exchange.
    pub(crate) after_minutes: i64,
    pub(crate) customer: Customer,
    pub(crate) cancelled: bool,
}

/// Somebody at the desk.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// Minutes after 11:00.
    pub(crate) minute: i64,
    pub(crate) customer: Customer,
    pub(crate) with: Option<Customer>,
    /// Index in [`FIELD`]; `None` comes on a booking, or alone.
    pub(crate) brought_by: Option<usize>,
    pub(crate) alone: bool,
    pub(crate) signed: bool,
}

/// A day of the project.
#[derive(Debug, Clone, Default)]
pub(crate) struct Day {
    /// Delivered at 10:30.
    pub(crate) morning: Vec<Booked>,
    /// Delivered at 10:50: other people, partly for the same customers.
    pub(crate) later: Vec<Booked>,
    pub(crate) arrivals: Vec<Arrival>,
    /// Registered without signal, delivered at 18:00: who, and whom.
    pub(crate) leads: Vec<(usize, Customer)>,
    /// Registered on the phone when it has signal, at 18:30.
    pub(crate) rivals: Vec<(usize, Customer)>,
}

/// The days of the month.
pub(crate) fn month(days: u32) -> Vec<Day> {
    let mut chance = Chance::new(202_611);
    let mut next = 1;
    let mut known = Vec::new();
    (0..days).map(|_| day(&mut chance, &mut next, &mut known)).collect()
}

fn day(chance: &mut Chance, next: &mut u32, known: &mut Vec<Customer>) -> Day {
    let mut today = Day::default();
    let mut fresh = || {
        *next += 1;
        Customer(*next)
    };
    for by in 0..FIELD.len() {
        for _ in 0..BOOKINGS.saturating_sub(chance.below(3)) {
            let customer = fresh();
            today.morning.push(booked(chance, by, customer));
        }
    }
    for by in 0..FIELD.len() {
        for _ in 0..BOOKINGS {
            // one holder a customer and wave: two rivals of one instant are decided by the order of delivery itself
            let customer = match chance.below(10) {
                0 | 1 => rival(chance, &today, by),
                2 if !known.is_empty() => Some(*chance.pick(known)).filter(|customer| is_nobodys(&today, *customer)),
                _ => None,
            };
            let customer = customer.unwrap_or_else(&mut fresh);
            today.later.push(booked(chance, by, customer));
        }
    }
    let booked: Vec<Customer> = today.morning.iter().chain(&today.later).map(|booked| booked.customer).collect();
    for visit in 0..12 {
        let customer = match chance.below(10) {
            0 => fresh(),
            1 | 2 if !known.is_empty() => *chance.pick(known),
            _ => *chance.pick(&booked),
        };
        if today.arrivals.iter().any(|arrival| arrival.customer == customer || arrival.with == Some(customer)) {
            continue;
        }
        today.arrivals.push(Arrival {
            minute: visit * 20 + chance.between(0, 15),
            customer,
            with: chance.hits(200).then(&mut fresh),
            brought_by: chance.hits(250).then(|| chance.index(FIELD.len())),
            alone: chance.hits(100),
            signed: chance.hits(800),
        });
    }
    for by in 0..5 {
        for _ in 0..3 {
            today.leads.push((by, fresh()));
        }
    }
    for _ in 0..3 {
        let (owner, customer) = *chance.pick(&today.leads);
        today.rivals.push(((owner + 1) % 5, customer));
    }
    today.rivals.sort();
    today.rivals.dedup_by_key(|(_, customer)| *customer);
    known.extend(today.arrivals.iter().map(|arrival| arrival.customer));
    today
}

fn booked(chance: &mut Chance, by: usize, customer: Customer) -> Booked {
    Booked { by, after_minutes: chance.between(1, 100), customer, cancelled: chance.hits(80) }
}

/// A customer somebody else has booked in the morning, whom nobody has booked again yet.
fn rival(chance: &mut Chance, today: &Day, by: usize) -> Option<Customer> {
    let booking = chance.pick(&today.morning);
    let again = today.later.iter().any(|later| later.customer == booking.customer);
    (booking.by != by && !again).then_some(booking.customer)
}

fn is_nobodys(today: &Day, customer: Customer) -> bool {
    today.morning.iter().chain(&today.later).all(|booked| booked.customer != customer)
}
