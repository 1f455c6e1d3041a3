-- Times are Unix milliseconds, days are YYYY-MM-DD of the project, ids are 16 bytes, JSON is text.
-- `project` or `org` leads every primary key, so that the data can be distributed by it.

CREATE TABLE meta (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key)
);

-- Who is who ---------------------------------------------------------------------------------------------------------

CREATE TABLE orgs (
    org BIGINT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    directory BIGINT NOT NULL,
    PRIMARY KEY (org)
);
CREATE UNIQUE INDEX orgs_by_code ON orgs (code);

CREATE TABLE partners (
    org BIGINT NOT NULL REFERENCES orgs (org),
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    tier TEXT,
    status TEXT NOT NULL,
    PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX partners_by_code ON partners (org, code);

CREATE TABLE projects (
    org BIGINT NOT NULL REFERENCES orgs (org),
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    timezone TEXT NOT NULL,
    region TEXT NOT NULL,
    site TEXT NOT NULL,
    PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX projects_by_id ON projects (id);
CREATE UNIQUE INDEX projects_by_code ON projects (org, code);

CREATE TABLE policies (
    project BLOB NOT NULL,
    version BIGINT NOT NULL,
    effective_from BIGINT NOT NULL,
    doc TEXT NOT NULL,
    author BLOB,
    at BIGINT NOT NULL,
    note TEXT,
    PRIMARY KEY (project, version)
);

CREATE TABLE posts (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    fence TEXT NOT NULL,
    PRIMARY KEY (project, id)
);
CREATE UNIQUE INDEX posts_by_code ON posts (project, code);

CREATE TABLE teams (
    org BIGINT NOT NULL REFERENCES orgs (org),
    id BLOB NOT NULL,
    project BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    lead BLOB,
    deputy BLOB,
    delegate BLOB,
    PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX teams_by_code ON teams (org, code);

CREATE TABLE users (
    org BIGINT NOT NULL REFERENCES orgs (org),
    id BLOB NOT NULL,
    username TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    employment TEXT NOT NULL,
    project BLOB,
    team BLOB,
    partner BLOB,
    trained_on TEXT,
    status TEXT NOT NULL,
    ended_at BIGINT,
    password_hash TEXT,
    must_change_password BOOLEAN NOT NULL,
    one_time_code_hash TEXT,
    one_time_code_expires BIGINT,
    PRIMARY KEY (org, id)
);
CREATE UNIQUE INDEX users_by_username ON users (org, username);

-- from_at 0 holds from always, until_at NULL until further notice
CREATE TABLE memberships (
    org BIGINT NOT NULL,
    user_id BLOB NOT NULL,
    id BLOB NOT NULL,
    project BLOB NOT NULL,
    team BLOB,
    role TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    PRIMARY KEY (org, user_id, id)
);
CREATE INDEX memberships_by_project ON memberships (org, project);

-- Phones -------------------------------------------------------------------------------------------------------------

CREATE TABLE devices (
    org BIGINT NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    hardware TEXT,
    created_at BIGINT NOT NULL,
    forked_from BLOB,
    forked_seq BIGINT,
    revoked_at BIGINT,
    revocation TEXT,
    head_seq BIGINT NOT NULL,
    head_digest BLOB NOT NULL,
    earliest BIGINT NOT NULL,
    stamp_ms BIGINT NOT NULL,
    bounds TEXT NOT NULL,
    last_seen BIGINT NOT NULL,
    delivered TEXT NOT NULL,
    PRIMARY KEY (org, id)
);
-- a device id belongs to one user for ever, whatever the org
CREATE UNIQUE INDEX devices_by_id ON devices (id);
CREATE INDEX devices_by_user ON devices (org, user_id);

CREATE TABLE refresh_tokens (
    org BIGINT NOT NULL,
    hash BLOB NOT NULL,
    family BLOB NOT NULL,
    user_id BLOB NOT NULL,
    device BLOB,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    rotated_at BIGINT,
    successor_sealed BLOB,
    revoked_at BIGINT,
    PRIMARY KEY (org, hash)
);
CREATE UNIQUE INDEX refresh_tokens_by_hash ON refresh_tokens (hash);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (org, family);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (org, expires_at);
CREATE INDEX refresh_tokens_by_user ON refresh_tokens (org, user_id);

-- one row per device and push: digests are 32 bytes an op, texts compressed and sealed as one
CREATE TABLE op_segments (
    org BIGINT NOT NULL,
    device BLOB NOT NULL,
    first_seq BIGINT NOT NULL,
    count BIGINT NOT NULL,
    received BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    digests BLOB NOT NULL,
    moments TEXT NOT NULL,
    outcomes TEXT NOT NULL,
    texts BLOB NOT NULL,
    PRIMARY KEY (org, device, first_seq)
);

-- first places of ops that were taken over from a forked log: each is taken over once, whichever clone comes first
CREATE TABLE rechained_ops (
    org BIGINT NOT NULL,
    device BLOB NOT NULL,
    seq BIGINT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (org, device, seq, digest)
) WITHOUT ROWID;

CREATE TABLE parked_ops (
    project BLOB NOT NULL,
    record BLOB NOT NULL,
    device BLOB NOT NULL,
    seq BIGINT NOT NULL,
    org BIGINT NOT NULL,
    received BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (project, record, device, seq)
) WITHOUT ROWID;

-- ops that did not plainly take effect: where a record's history finds them; told: the office has learned of it
CREATE TABLE op_fates (
    project BLOB NOT NULL,
    record BLOB NOT NULL,
    device BLOB NOT NULL,
    seq BIGINT NOT NULL,
    org BIGINT NOT NULL,
    status TEXT NOT NULL,
    rule TEXT,
    told BOOLEAN NOT NULL,
    PRIMARY KEY (project, record, device, seq)
) WITHOUT ROWID;
CREATE INDEX op_fates_untold ON op_fates (org) WHERE NOT told;

-- Records and the feed -----------------------------------------------------------------------------------------------

-- kind NULL: the id is only claimed, for a creation that is being decided or for ops parked until it comes
CREATE TABLE records (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    org BIGINT NOT NULL,
    kind TEXT,
    v BIGINT NOT NULL,
    owner BLOB,
    team BLOB,
    device BLOB,
    seq BIGINT,
    at BIGINT NOT NULL,
    day TEXT NOT NULL,
    created TEXT NOT NULL,
    phase TEXT,
    version BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    wire TEXT NOT NULL,
    revs TEXT NOT NULL,
    verdict TEXT,
    PRIMARY KEY (project, id)
);
CREATE INDEX records_by_kind ON records (project, kind, day);
CREATE INDEX records_by_owner ON records (project, owner, day);

CREATE TABLE buckets (
    org BIGINT NOT NULL,
    bucket TEXT NOT NULL,
    head BIGINT NOT NULL,
    count BIGINT NOT NULL,
    checksum BIGINT NOT NULL,
    purged BIGINT NOT NULL,
    PRIMARY KEY (org, bucket)
);

-- gone: deleted, moved, revoked or expired; wire: what this audience sees instead of the record's own
CREATE TABLE feed (
    org BIGINT NOT NULL,
    bucket TEXT NOT NULL,
    rev BIGINT NOT NULL,
    project BLOB NOT NULL,
    record BLOB NOT NULL,
    gone TEXT,
    wire TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (org, bucket, rev)
) WITHOUT ROWID;
CREATE INDEX feed_tombstones ON feed (org, at) WHERE gone IS NOT NULL;

-- values of sealed fields
CREATE TABLE secrets (
    project BLOB NOT NULL,
    record BLOB NOT NULL,
    field TEXT NOT NULL,
    sealed BLOB NOT NULL,
    key_id BIGINT NOT NULL,
    PRIMARY KEY (project, record, field)
);

-- photos and papers; their bytes are outside of the database, named by their digest
CREATE TABLE attachments (
    org BIGINT NOT NULL,
    digest BLOB NOT NULL,
    size BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (org, digest)
);

-- who sent which bytes; while received is less than size the rest is still to come, and parts names what is there
CREATE TABLE attachment_uploads (
    org BIGINT NOT NULL,
    digest BLOB NOT NULL,
    user_id BLOB NOT NULL,
    size BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    received BIGINT NOT NULL,
    parts TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (org, digest, user_id)
);
CREATE INDEX attachment_uploads_by_user ON attachment_uploads (org, user_id, at);
CREATE INDEX attachment_uploads_open ON attachment_uploads (org, at) WHERE received < size;

-- records that ever named an attachment; in a case holder is whose statement did, else zeros
CREATE TABLE attachment_refs (
    project BLOB NOT NULL,
    digest BLOB NOT NULL,
    record BLOB NOT NULL,
    holder BLOB NOT NULL,
    PRIMARY KEY (project, digest, record, holder)
) WITHOUT ROWID;

-- Facts of rules -----------------------------------------------------------------------------------------------------

CREATE TABLE customers (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    sealed BLOB NOT NULL,
    key_id BIGINT NOT NULL,
    masked TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project, id)
);
CREATE INDEX customers_by_mask ON customers (project, masked);
CREATE INDEX customers_by_name ON customers (project, name);

CREATE TABLE customer_index (
    project BLOB NOT NULL,
    key_id BIGINT NOT NULL,
    hmac BLOB NOT NULL,
    customer BLOB NOT NULL,
    PRIMARY KEY (project, key_id, hmac)
) WITHOUT ROWID;

CREATE TABLE bookings (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    owner BLOB NOT NULL,
    holder_user BLOB,
    holder_partner BLOB,
    digits TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    customer_name TEXT NOT NULL,
    route TEXT NOT NULL,
    lead BLOB,
    earliest BIGINT NOT NULL,
    latest BIGINT NOT NULL,
    claimed BIGINT,
    grade TEXT NOT NULL,
    day TEXT NOT NULL,
    state TEXT NOT NULL,
    cancelled_at BIGINT,
    sheet BLOB,
    PRIMARY KEY (project, id)
);
CREATE INDEX bookings_by_digits ON bookings (project, digits, latest);
CREATE INDEX bookings_by_day ON bookings (project, day, owner);
CREATE INDEX bookings_by_holder ON bookings (project, day, holder_user) WHERE holder_user IS NOT NULL;
CREATE INDEX bookings_by_partner ON bookings (project, day, holder_partner) WHERE holder_partner IS NOT NULL;

-- one row for every masked number that was booked or has arrived: what is locked while one is judged (BK-7, BK-13)
CREATE TABLE booking_masks (
    project BLOB NOT NULL,
    digits TEXT NOT NULL,
    PRIMARY KEY (project, digits)
) WITHOUT ROWID;

-- BK-9: what a partner booked for a day; marks counts the changes of its bookings, judged those that were counted
CREATE TABLE partner_days (
    project BLOB NOT NULL,
    partner BLOB NOT NULL,
    day TEXT NOT NULL,
    marks BIGINT NOT NULL,
    judged BIGINT NOT NULL,
    groups_booked BIGINT NOT NULL,
    groups_arrived BIGINT NOT NULL,
    outcome TEXT,
    ruling BLOB,
    PRIMARY KEY (project, partner, day)
);
CREATE INDEX partner_days_due ON partner_days (project, day) WHERE marks <> judged;

-- WL: a person's day as far as the log goes. marks counts the changes of what bears on it, judged those that were counted; team, phase,
-- review_due and flagged are those of the log; told: the office knows that it should have been read; outcome: once the day is over
CREATE TABLE log_days (
    project BLOB NOT NULL,
    day TEXT NOT NULL,
    subject BLOB NOT NULL,
    team BLOB,
    marks BIGINT NOT NULL,
    judged BIGINT NOT NULL,
    phase TEXT,
    review_due BIGINT,
    flagged BOOLEAN NOT NULL,
    told BOOLEAN NOT NULL,
    outcome TEXT,
    ruling BLOB,
    PRIMARY KEY (project, day, subject)
);
CREATE INDEX log_days_by_team ON log_days (project, team, day, subject);
CREATE INDEX log_days_due ON log_days (project, day, subject) WHERE marks <> judged;
CREATE INDEX log_days_unread ON log_days (project, review_due) WHERE phase = 'submitted' AND NOT told;
CREATE INDEX log_days_missing ON log_days (project, day, subject) WHERE outcome = 'missing';

-- WL-9: what teams handed in; sheet is what was frozen, checksum its SHA-256
CREATE TABLE log_weeks (
    project BLOB NOT NULL,
    team BLOB NOT NULL,
    week TEXT NOT NULL,
    handed_in_at BIGINT NOT NULL,
    handed_in_by BLOB NOT NULL,
    late BOOLEAN NOT NULL,
    remark TEXT,
    checksum TEXT NOT NULL,
    ruling BLOB NOT NULL,
    sheet TEXT NOT NULL,
    PRIMARY KEY (project, team, week)
);
-- WL-8: which weeks were drawn from, and the logs that are inspected
CREATE TABLE log_draws (
    project BLOB NOT NULL,
    week TEXT NOT NULL,
    drawn_at BIGINT NOT NULL,
    logs BIGINT NOT NULL,
    PRIMARY KEY (project, week)
);
CREATE TABLE log_samples (
    project BLOB NOT NULL,
    week TEXT NOT NULL,
    day TEXT NOT NULL,
    subject BLOB NOT NULL,
    finding TEXT,
    note TEXT,
    inspector BLOB,
    inspected_at BIGINT,
    PRIMARY KEY (project, week, day, subject)
);

CREATE TABLE leads (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    owner BLOB NOT NULL,
    customer BLOB,
    earliest BIGINT NOT NULL,
    latest BIGINT NOT NULL,
    claimed BIGINT,
    grade TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (project, id)
);
CREATE INDEX leads_by_customer ON leads (project, customer);
CREATE INDEX leads_by_owner ON leads (project, owner, latest);

CREATE TABLE protections (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    class TEXT NOT NULL,
    customer BLOB NOT NULL,
    holder_user BLOB,
    holder_partner BLOB,
    state TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT,
    source BLOB NOT NULL,
    ruling BLOB,
    ended_at BIGINT,
    PRIMARY KEY (project, id)
);
-- P8, PR-3: at most one that stands per class and customer
CREATE UNIQUE INDEX protections_standing ON protections (project, class, customer) WHERE ended_at IS NULL;
-- what is transferred when somebody leaves
CREATE INDEX protections_by_holder ON protections (project, holder_user) WHERE ended_at IS NULL;
CREATE INDEX protections_by_customer ON protections (project, customer);

-- PR-7: of which end, how many days ahead, a holder was reminded
CREATE TABLE protection_reminders (
    project BLOB NOT NULL,
    protection BLOB NOT NULL,
    until_at BIGINT NOT NULL,
    days BIGINT NOT NULL,
    PRIMARY KEY (project, protection, until_at, days)
) WITHOUT ROWID;

CREATE TABLE rulings (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    org BIGINT NOT NULL,
    subject BLOB NOT NULL,
    family TEXT NOT NULL,
    at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    reasons TEXT NOT NULL,
    facts TEXT NOT NULL,
    policy_version BIGINT NOT NULL,
    supersedes BLOB,
    superseded_by BLOB,
    decided_by BLOB,
    note TEXT,
    team BLOB,
    owner BLOB,
    PRIMARY KEY (project, id)
);
CREATE INDEX rulings_by_subject ON rulings (project, subject, at);
CREATE INDEX rulings_by_time ON rulings (project, at, id);
CREATE INDEX rulings_in_review ON rulings (project, at) WHERE outcome = 'review' AND superseded_by IS NULL;

CREATE TABLE confirmations (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    org BIGINT NOT NULL,
    customer BLOB NOT NULL,
    state TEXT NOT NULL,
    phase TEXT NOT NULL,
    route TEXT NOT NULL,
    arrived_at BIGINT NOT NULL,
    opened_at BIGINT NOT NULL,
    opened_by BLOB NOT NULL,
    booking BLOB,
    holder_user BLOB,
    holder_partner BLOB,
    consultant BLOB,
    signed_by BLOB,
    signed_at BIGINT,
    confirmed_by BLOB,
    confirmed_at BIGINT,
    version BIGINT NOT NULL,
    request_digest BLOB NOT NULL,
    late_entry BOOLEAN NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (project, id)
);
-- CF-5: what waits for its signatures, the oldest first
CREATE INDEX confirmations_unsigned ON confirmations (project, opened_at)
    WHERE state = 'valid' AND phase IN ('open', 'signed');
CREATE INDEX confirmations_by_arrival ON confirmations (project, arrived_at);
CREATE INDEX confirmations_by_customer ON confirmations (project, customer, arrived_at);

-- DS: cases about whose customer it is; what was said in one is only ever added to; parties: persons and companies
CREATE TABLE disputes (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    org BIGINT NOT NULL,
    customer BLOB NOT NULL,
    about BLOB NOT NULL,
    about_kind TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    opened_by BLOB,
    due_at BIGINT,
    overdue BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    request_digest BLOB NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (project, id)
);
-- at most one that stands per customer
CREATE UNIQUE INDEX disputes_standing ON disputes (project, customer) WHERE state IN ('open', 'settled', 'appealed');
CREATE INDEX disputes_by_opening ON disputes (project, opened_at);
CREATE INDEX disputes_by_about ON disputes (project, about);
CREATE INDEX disputes_due ON disputes (project, due_at)
    WHERE state IN ('open', 'settled', 'appealed') AND NOT overdue;
CREATE TABLE dispute_entries (
    project BLOB NOT NULL,
    dispute BLOB NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    act TEXT NOT NULL,
    author BLOB,
    holder BLOB,
    text TEXT NOT NULL,
    attachments TEXT NOT NULL,
    PRIMARY KEY (project, dispute, version)
);
CREATE TABLE dispute_parties (
    project BLOB NOT NULL,
    dispute BLOB NOT NULL,
    holder BLOB NOT NULL,
    PRIMARY KEY (project, dispute, holder)
) WITHOUT ROWID;
-- DS-4: when a ruling that went against somebody reached a phone of theirs
CREATE TABLE deliveries (
    project BLOB NOT NULL,
    ruling BLOB NOT NULL,
    user_id BLOB NOT NULL,
    reached_at BIGINT NOT NULL,
    PRIMARY KEY (project, ruling, user_id)
) WITHOUT ROWID;

-- CF-4: the number of the last turn, and every turn; with a reason it was skipped, and sheet is the skip's own id
CREATE TABLE rotations (
    project BLOB NOT NULL,
    turn BIGINT NOT NULL,
    PRIMARY KEY (project)
);
CREATE TABLE rotation_turns (
    project BLOB NOT NULL,
    turn BIGINT NOT NULL,
    consultant BLOB NOT NULL,
    sheet BLOB NOT NULL,
    day TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor BLOB NOT NULL,
    reason TEXT,
    PRIMARY KEY (project, turn)
);
CREATE UNIQUE INDEX rotation_turns_by_sheet ON rotation_turns (project, sheet);
CREATE INDEX rotation_turns_by_consultant ON rotation_turns (project, consultant, turn);

CREATE TABLE checkins (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    owner BLOB NOT NULL,
    subject BLOB NOT NULL,
    type TEXT NOT NULL,
    day TEXT NOT NULL,
    earliest BIGINT NOT NULL,
    latest BIGINT NOT NULL,
    claimed BIGINT,
    grade TEXT NOT NULL,
    location TEXT,
    verdict TEXT NOT NULL,
    source TEXT NOT NULL,
    witnessed BOOLEAN NOT NULL,
    decided BOOLEAN NOT NULL,
    PRIMARY KEY (project, id)
);
CREATE INDEX checkins_by_subject ON checkins (project, subject, day);
CREATE INDEX checkins_by_day ON checkins (project, day, subject);

CREATE TABLE post_assignments (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    day TEXT NOT NULL,
    subject BLOB NOT NULL,
    post BLOB NOT NULL,
    taken_back BIGINT,
    PRIMARY KEY (project, id)
);
CREATE INDEX post_assignments_by_day ON post_assignments (project, day, subject);

-- AT: what a person's day came to; marks counts the changes of what bears on it, judged those that were ruled on; decided: what a person made
-- of it where the rules left it open; adjusted: what late evidence made of a day whose month is closed; absent: what AT-15 counts
CREATE TABLE person_days (
    project BLOB NOT NULL,
    subject BLOB NOT NULL,
    day TEXT NOT NULL,
    marks BIGINT NOT NULL,
    judged BIGINT NOT NULL,
    outcome TEXT,
    minutes TEXT NOT NULL,
    flags TEXT NOT NULL,
    reasons TEXT NOT NULL,
    decided TEXT,
    adjusted TEXT,
    absent BOOLEAN NOT NULL,
    ruling BLOB,
    PRIMARY KEY (project, subject, day)
);
CREATE INDEX person_days_by_day ON person_days (project, day, subject);
CREATE INDEX person_days_due ON person_days (project, day, subject) WHERE marks <> judged;
CREATE INDEX person_days_absent ON person_days (project, subject, day) WHERE absent;

-- AT-10: whole posts that were witnessed at once, each answered the same when it is asked again
CREATE TABLE witness_rounds (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    author BLOB NOT NULL,
    at BIGINT NOT NULL,
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (project, id)
);

-- MC-1: the sheet of a closed month as it was then, canonical JSON, with its SHA-256; and what late evidence made of closed days, in the month
-- that was open then
CREATE TABLE month_sheets (
    project BLOB NOT NULL,
    month TEXT NOT NULL,
    closed_at BIGINT NOT NULL,
    closed_by BLOB NOT NULL,
    reason TEXT,
    checksum TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (project, month)
);
CREATE TABLE month_adjustments (
    project BLOB NOT NULL,
    month TEXT NOT NULL,
    day TEXT NOT NULL,
    subject BLOB NOT NULL,
    ruling BLOB NOT NULL,
    at BIGINT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    PRIMARY KEY (project, month, day, subject, ruling)
);

-- up to and with which day a project's days were closed
CREATE TABLE day_closes (
    project BLOB NOT NULL,
    through TEXT NOT NULL,
    PRIMARY KEY (project)
);

-- AT-2, AT-3, AT-4: what rosters say; plan NULL: the calendar decides again
CREATE TABLE roster_days (
    project BLOB NOT NULL,
    subject BLOB NOT NULL,
    day TEXT NOT NULL,
    team BLOB,
    plan TEXT,
    PRIMARY KEY (project, subject, day)
);

-- AT-9, AT-14: requests, with the days they bear on
CREATE TABLE requests (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    owner BLOB NOT NULL,
    want TEXT NOT NULL,
    about BLOB,
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (project, id)
);
CREATE INDEX requests_by_owner ON requests (project, owner, until_day);
CREATE INDEX requests_open ON requests (project, owner) WHERE state = 'open';

-- AT-11: reached_at: when the exchange that delivered it was answered; decided: by a person
CREATE TABLE spot_checks (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    batch BLOB NOT NULL,
    request TEXT NOT NULL,
    subject BLOB NOT NULL,
    team BLOB,
    issued_at BIGINT NOT NULL,
    issued_by BLOB NOT NULL,
    reached_at BIGINT,
    due_at BIGINT,
    state TEXT NOT NULL,
    answer BLOB,
    decided BOOLEAN NOT NULL,
    PRIMARY KEY (project, id)
);
CREATE INDEX spot_checks_by_batch ON spot_checks (project, batch);
CREATE INDEX spot_checks_by_subject ON spot_checks (project, subject, issued_at);
CREATE INDEX spot_checks_by_issue ON spot_checks (project, issued_at, id);
CREATE INDEX spot_checks_due ON spot_checks (project, due_at) WHERE state = 'delivered';

-- AT-16: days whose check-ins are to be looked through; marks counts their changes, judged those that were seen
CREATE TABLE proxy_days (
    project BLOB NOT NULL,
    day TEXT NOT NULL,
    marks BIGINT NOT NULL,
    judged BIGINT NOT NULL,
    PRIMARY KEY (project, day)
);
CREATE INDEX proxy_days_due ON proxy_days (project, day) WHERE marks <> judged;

-- AT-11, AT-16: what is noted on a person's day, by what raised it
CREATE TABLE day_flags (
    project BLOB NOT NULL,
    subject BLOB NOT NULL,
    day TEXT NOT NULL,
    source BLOB NOT NULL,
    rule TEXT NOT NULL,
    answer TEXT NOT NULL,
    facts TEXT NOT NULL,
    stands BOOLEAN NOT NULL,
    PRIMARY KEY (project, subject, day, source)
);

-- FW, OV: visits to outlets; outlet: the card that stands for it now; at: the instant they are ordered by; own: what the visit is worth by
-- itself, decided by a lead when so marked; basis: what it was judged on; placed: the card was known
CREATE TABLE visits (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    outlet BLOB NOT NULL,
    owner BLOB NOT NULL,
    team BLOB,
    lead BLOB,
    day TEXT NOT NULL,
    at BIGINT NOT NULL,
    own TEXT NOT NULL,
    outcome TEXT NOT NULL,
    basis BLOB NOT NULL,
    decided BOOLEAN NOT NULL,
    placed BOOLEAN NOT NULL,
    PRIMARY KEY (project, id)
);
CREATE INDEX visits_by_outlet ON visits (project, outlet, day, at, id);
CREATE INDEX visits_unplaced ON visits (project, outlet) WHERE NOT placed;

-- FW-10: when leads were last followed up; touched_on: the last day, that of the lead at first; overdue_on: since when one lies waiting
CREATE TABLE lead_care (
    project BLOB NOT NULL,
    lead BLOB NOT NULL,
    owner BLOB,
    team BLOB,
    open BOOLEAN NOT NULL,
    touched_on TEXT NOT NULL,
    next_on TEXT,
    overdue_on TEXT,
    PRIMARY KEY (project, lead)
);
CREATE INDEX lead_care_untouched ON lead_care (project, touched_on) WHERE open AND overdue_on IS NULL;
CREATE INDEX lead_care_planned ON lead_care (project, next_on)
    WHERE open AND overdue_on IS NULL AND next_on IS NOT NULL;
CREATE INDEX lead_care_overdue ON lead_care (project, overdue_on, lead) WHERE overdue_on IS NOT NULL;

-- OV-7: notices that are to be read; told: leads and office know who has not; read_at: by the claim of the phone that says so
CREATE TABLE notices (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    author BLOB NOT NULL,
    audience TEXT NOT NULL,
    at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    told BOOLEAN NOT NULL,
    request_digest BLOB NOT NULL,
    PRIMARY KEY (project, id)
);
CREATE INDEX notices_by_time ON notices (project, at, id);
CREATE INDEX notices_by_author ON notices (project, author, at, id);
CREATE INDEX notices_due ON notices (project, due_at, id) WHERE NOT told;
CREATE TABLE notice_receipts (
    project BLOB NOT NULL,
    notice BLOB NOT NULL,
    user_id BLOB NOT NULL,
    delivered_at BIGINT,
    read_at BIGINT,
    PRIMARY KEY (project, notice, user_id)
) WITHOUT ROWID;

-- what canvassing came to, stint by stint; counts are floored at 0
CREATE TABLE tallies (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    day TEXT NOT NULL,
    owner BLOB NOT NULL,
    post BLOB,
    flyers BIGINT NOT NULL,
    contacts BIGINT NOT NULL,
    interested BIGINT NOT NULL,
    brought BIGINT NOT NULL,
    PRIMARY KEY (project, id)
);
CREATE INDEX tallies_by_day ON tallies (project, day, owner);

-- OV: the cards of outlets. state: open, dropped, merged or deleted; into_card: the card that took its place; cell: where it lies, for looking
-- around; idle_from: the last day that brought a lead, else the day of opening; looked: it was compared with other cards
CREATE TABLE outlets (
    project BLOB NOT NULL,
    id BLOB NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    grade TEXT,
    position TEXT,
    cell BIGINT,
    owner BLOB,
    team BLOB,
    opened_on TEXT NOT NULL,
    state TEXT NOT NULL,
    ended_on TEXT,
    into_card BLOB,
    idle_from TEXT NOT NULL,
    keep_until TEXT,
    looked BOOLEAN NOT NULL,
    PRIMARY KEY (project, id)
);
CREATE INDEX outlets_by_name ON outlets (project, name_folded);
CREATE INDEX outlets_by_cell ON outlets (project, cell);
CREATE INDEX outlets_by_target ON outlets (project, into_card) WHERE into_card IS NOT NULL;
CREATE INDEX outlets_idle ON outlets (project, idle_from, id) WHERE state = 'open';
CREATE INDEX outlets_to_look_at ON outlets (project, id) WHERE NOT looked;

-- OV-1: every grade a card was given, by merge stamp: a month goes by the last one before its end
CREATE TABLE outlet_grades (
    project BLOB NOT NULL,
    outlet BLOB NOT NULL,
    ms BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    device BLOB NOT NULL,
    grade TEXT,
    PRIMARY KEY (project, outlet, ms, seq, device)
) WITHOUT ROWID;

-- OV-2: two cards that may be one outlet's, the lower id first; state: open, distinct or merged
CREATE TABLE outlet_pairs (
    project BLOB NOT NULL,
    one BLOB NOT NULL,
    other BLOB NOT NULL,
    at BIGINT NOT NULL,
    why TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (project, one, other)
);
CREATE INDEX outlet_pairs_open ON outlet_pairs (project, at, one, other) WHERE state = 'open';

-- OV-3, OV-4: a card's calendar month; marks counts what bears on it, judged what was counted; counted_on: the day it was counted on
CREATE TABLE outlet_months (
    project BLOB NOT NULL,
    month TEXT NOT NULL,
    outlet BLOB NOT NULL,
    team BLOB,
    owner BLOB,
    grade TEXT,
    counted BIGINT NOT NULL,
    quota BIGINT NOT NULL,
    state TEXT NOT NULL,
    closed BOOLEAN NOT NULL,
    counted_on TEXT NOT NULL,
    marks BIGINT NOT NULL,
    judged BIGINT NOT NULL,
    ruling BLOB,
    PRIMARY KEY (project, month, outlet)
);
CREATE INDEX outlet_months_by_state ON outlet_months (project, month, state, outlet);
CREATE INDEX outlet_months_due ON outlet_months (project, month, outlet) WHERE marks <> judged;
CREATE INDEX outlet_months_running ON outlet_months (project, counted_on) WHERE NOT closed;
CREATE INDEX outlet_months_of_outlet ON outlet_months (project, outlet, month);

CREATE TABLE audit (
    org BIGINT NOT NULL,
    id BLOB NOT NULL,
    at BIGINT NOT NULL,
    actor BLOB,
    act TEXT NOT NULL,
    subject TEXT,
    project BLOB,
    detail TEXT NOT NULL,
    PRIMARY KEY (org, id)
);
CREATE INDEX audit_by_time ON audit (org, at);
CREATE INDEX audit_by_actor ON audit (org, actor, at);

-- What happens by itself ---------------------------------------------------------------------------------------------

-- one row for each attempt at a slot; what looks again and again has a row a day, whose runs found something to do. A project of
-- zeros stands for the whole org. beats grow while it runs: a row that has stopped beating is another process's to take over
CREATE TABLE job_runs (
    org BIGINT NOT NULL,
    project BLOB NOT NULL,
    job TEXT NOT NULL,
    slot TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    runs BIGINT NOT NULL,
    beats BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    took_ms BIGINT,
    done BIGINT NOT NULL,
    over_budget BOOLEAN NOT NULL,
    error TEXT,
    PRIMARY KEY (org, project, job, slot, attempt)
);
CREATE INDEX job_runs_by_place ON job_runs (org, project, job, due_at);
CREATE INDEX job_runs_by_due ON job_runs (org, due_at);
