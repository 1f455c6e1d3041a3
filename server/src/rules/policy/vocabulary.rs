//! The words that policy keys take.

use sync_core::words;

words! {
    /// BK-12: what makes a customer somebody's.
    pub enum Mode {
        /// The arrival decides.
        VisitDecides = "visit_decides",
        /// A booking with the full number protects from the start.
        BookingProtects = "booking_protects",
    }
}

words! {
    /// BK-6: how long a booking is good.
    pub enum Validity {
        /// On the project-local day of its moment.
        CalendarDay = "calendar_day",
    }
}

words! {
    /// BK-4: what a booking may be asked to name.
    pub enum BookingField {
        /// The customer's area.
        Area = "area",
        /// The consultant wished for.
        Consultant = "consultant",
        /// When the customer is expected.
        ExpectedAt = "expected_at",
        /// Who comes along.
        Companions = "companions",
    }
}

words! {
    /// FW-8: what a visit may be asked to say.
    pub enum VisitField {
        /// Where.
        Place = "place",
        /// Why.
        Purpose = "purpose",
        /// What came of it.
        Result = "result",
        /// What follows.
        NextStep = "next_step",
        /// How long.
        Minutes = "minutes",
        /// Whether the displayed materials were checked.
        MaterialsChecked = "materials_checked",
    }
}

words! {
    /// BK-11: who wins when one holder brings a customer whom another has booked.
    pub enum BringVsBooking {
        /// Nobody before somebody has looked.
        Review = "review",
        /// Who brings.
        Bring = "bring",
        /// Who booked.
        Booking = "booking",
    }
}

words! {
    /// BK-14: what a new customer must be free of.
    pub enum Newness {
        /// Earlier arrivals and others' protections.
        Both = "both",
        /// One of the two is enough to be new.
        Either = "either",
    }
}

words! {
    /// AT-22: where `on` and `off` count.
    pub enum OnAt {
        /// Inside the site or a post assigned that day.
        SiteOrPost = "site_or_post",
        /// Inside the site.
        Site = "site",
        /// Inside a post assigned that day.
        Post = "post",
    }
}

words! {
    /// What an answer that time leaves unclear becomes.
    pub enum Unclear {
        /// It stays unclear: a human looks.
        Review = "review",
        /// The phone's claim decides; without one, receipt does.
        Claimed = "claimed",
        /// The phone's claim decides; without one a human looks.
        ClaimedElseReview = "claimed_else_review",
        /// Receipt decides.
        Received = "received",
    }
}
