use super::*;

const LIHUA: u64 = 1;
const OFFICE: u64 = 100;
const START: Duration = Duration::ZERO;

/// A try without a phone.
fn at(account: u64, address: u64) -> Try {
    Try { account, address, here: address * 1_000_000 + account, phone: None, is_code: false }
}

fn on_phone(account: u64, address: u64) -> Try {
    Try { phone: Some(999_000_000_000 + account), ..at(account, address) }
}

fn log_in(ledger: &mut Ledger, tried: Try, now: Duration) {
    let admitted = ledger.admit(tried, now).unwrap();
    ledger.settle(&admitted, Outcome::Right, now);
}

/// How many wrong passwords are tried before one has to wait.
fn guess(ledger: &mut Ledger, tried: Try, now: Duration) -> u32 {
    let mut guesses = 0;
    while let Ok(admitted) = ledger.admit(tried, now) {
        ledger.settle(&admitted, Outcome::Wrong, now);
        guesses += 1;
    }
    guesses
}

/// Strangers, each at an address of their own, try the name until nobody unknown may.
fn hammer(ledger: &mut Ledger, account: u64, now: Duration) -> u32 {
    (1..=10).map(|stranger| guess(ledger, at(account, stranger), now)).sum()
}

#[test]
fn one_place_has_its_guesses_and_all_places_together_have_theirs() {
    let mut ledger = Ledger::new();
    assert_eq!(guess(&mut ledger, at(LIHUA, 1), START), AT_PLACE.burst);
    assert_eq!(hammer(&mut ledger, LIHUA, START), AT_ACCOUNT.burst - AT_PLACE.burst);
    assert_eq!(ledger.admit(at(LIHUA, 50), START).unwrap_err(), AT_ACCOUNT.refill);
    assert!(ledger.admit(at(2, 50), START).is_ok(), "another name");
}

#[test]
fn a_year_of_guessing_one_name_from_everywhere_is_as_much_as_the_decision_says() {
    let mut ledger = Ledger::new();
    let year = Duration::from_hours(365 * 24);
    let mut guesses = u64::from(hammer(&mut ledger, LIHUA, START));
    let mut now = START;
    while now < year {
        now += Duration::from_mins(1);
        guesses += u64::from(hammer(&mut ledger, LIHUA, now));
    }
    assert_eq!(guesses, 50 + 365 * 24 * 60);
}

#[test]
fn who_was_known_at_an_address_gets_in_there_while_strangers_try_the_name() {
    let mut ledger = Ledger::new();
    log_in(&mut ledger, at(LIHUA, OFFICE), START);
    hammer(&mut ledger, LIHUA, START);
    let admitted = ledger.admit(at(LIHUA, OFFICE), START).unwrap();
    assert_eq!((admitted.scope, admitted.wait_of_others), (Scope::All, Some(AT_ACCOUNT.refill)));
    ledger.settle(&admitted, Outcome::Right, START);
    assert!(ledger.admit(at(2, OFFICE), START).is_ok());
    // and whoever sits there, too, has the guesses of a place
    assert_eq!(guess(&mut ledger, at(LIHUA, OFFICE), START), AT_PLACE.burst);
}

#[test]
fn a_known_phone_gets_in_from_everywhere_also_from_an_address_where_nobody_else_does() {
    let mut ledger = Ledger::new();
    log_in(&mut ledger, on_phone(LIHUA, OFFICE), START);
    hammer(&mut ledger, LIHUA, START);
    assert_eq!(guess(&mut ledger, at(LIHUA, OFFICE), START), AT_PLACE.burst);
    for name in 1_000..2_000 {
        guess(&mut ledger, at(name, OFFICE), START);
    }
    assert!(ledger.admit(at(LIHUA, OFFICE), START).is_err());
    assert!(ledger.admit(at(77, OFFICE), START).is_err(), "the address has nothing left");
    log_in(&mut ledger, on_phone(LIHUA, OFFICE), START);
    log_in(&mut ledger, on_phone(LIHUA, 70), START);
    assert_eq!(guess(&mut ledger, on_phone(LIHUA, 71), START), AT_PLACE.burst, "a thief of the phone's id");
    assert!(ledger.admit(Try { phone: Some(5), ..at(LIHUA, 71) }, START).is_err(), "another phone");
}

#[test]
fn a_one_time_code_gets_in_while_strangers_try_the_name_and_the_password_is_not_looked_at() {
    let mut ledger = Ledger::new();
    hammer(&mut ledger, LIHUA, START);
    let code = Try { is_code: true, ..at(LIHUA, 60) };
    let admitted = ledger.admit(code, START).unwrap();
    assert_eq!((admitted.scope, admitted.wait_of_others), (Scope::CodeAlone, Some(AT_ACCOUNT.refill)));
    assert_eq!(guess(&mut ledger, code, START), AT_PLACE.burst - 1);
}

#[test]
fn one_address_that_tries_many_names_is_stopped_and_the_others_are_not() {
    let mut ledger = Ledger::new();
    let names = 1_000..10_000;
    let guesses: u32 = names.map(|name| guess(&mut ledger, at(name, OFFICE), START)).sum();
    assert_eq!(guesses, AT_ADDRESS.burst);
    assert_eq!(ledger.admit(at(LIHUA, OFFICE), START).unwrap_err(), AT_ADDRESS.refill);
    assert!(ledger.admit(at(LIHUA, OFFICE + 1), START).is_ok());
}

/// Half an hour in the morning: one in ten has to type the password twice.
#[test]
fn five_thousand_honest_people_behind_one_address_see_nothing_of_all_this() {
    let mut ledger = Ledger::new();
    for person in 0..5_000_u64 {
        let now = Duration::from_millis(360 * person);
        if person % 10 == 0 {
            let admitted = ledger.admit(at(person, OFFICE), now).unwrap();
            ledger.settle(&admitted, Outcome::Wrong, now);
        }
        log_in(&mut ledger, at(person, OFFICE), now);
    }
}

#[test]
fn what_was_right_or_never_tried_costs_nothing() {
    let mut ledger = Ledger::new();
    for outcome in [Outcome::Right, Outcome::Untried] {
        for tried in [at(LIHUA, OFFICE), on_phone(LIHUA, OFFICE)] {
            for _ in 0..2_000 {
                let admitted = ledger.admit(tried, START).unwrap();
                ledger.settle(&admitted, outcome, START);
            }
        }
    }
    assert_eq!(guess(&mut ledger, at(LIHUA, OFFICE), START), AT_PLACE.burst);
}

#[test]
fn many_tries_at_once_are_no_more_than_many_in_turn() {
    let mut ledger = Ledger::new();
    let at_once: Vec<_> = (0..100).filter_map(|_| ledger.admit(at(LIHUA, 1), START).ok()).collect();
    assert_eq!(at_once.len(), AT_PLACE.burst as usize);
}

#[test]
fn who_is_refused_has_taken_nothing_from_the_others() {
    let mut ledger = Ledger::new();
    guess(&mut ledger, at(LIHUA, 1), START);
    for _ in 0..10_000 {
        assert!(ledger.admit(at(LIHUA, 1), START).is_err());
    }
    assert_eq!(hammer(&mut ledger, LIHUA, START), AT_ACCOUNT.burst - AT_PLACE.burst);
    let names = 1_000..2_000;
    let guesses: u32 = names.map(|name| guess(&mut ledger, at(name, 1), START)).sum();
    assert_eq!(guesses, AT_ADDRESS.burst - AT_PLACE.burst);
}
