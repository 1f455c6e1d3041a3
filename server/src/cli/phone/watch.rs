//! `baobei phone watch`: synchronises when the server pokes, until it is interrupted.

use std::time::Duration;

use futures_util::StreamExt;

use super::line::Line;
use super::state::PhoneFile;
use super::sync;
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::{FAINT, Terminal, styled};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Watches until Ctrl-C. Without a signal it waits for one.
///
/// # Errors
/// When the login has ended, or the phone cannot be used.
pub(super) async fn run(file: &PhoneFile, patience: Duration, terminal: Terminal) -> Result<(), Failure> {
    tokio::select! {
        ended = watch(file, patience, terminal) => ended,
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

async fn watch(file: &PhoneFile, patience: Duration, terminal: Terminal) -> Result<(), Failure> {
    let mut pause = FIRST_PAUSE;
    loop {
        match listen(file, patience, terminal, &mut pause).await {
            Err(failure) if failure.exit() == Exit::Unreachable => {
                terminal.remark(&styled(FAINT, &format!("no signal, next try in {} s", pause.as_secs())));
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            ended => ended?,
        }
    }
}

/// One connection: what happened before it is pulled first, then the server pokes.
async fn listen(file: &PhoneFile, patience: Duration, terminal: Terminal, pause: &mut Duration) -> Result<(), Failure> {
    let line = Line::open(file)?;
    let mut events = std::pin::pin!(line.call(async |token| line.client.events(token).await).await?);
    tell(file, patience, terminal).await?;
    *pause = FIRST_PAUSE;
    let mut end_of_line = Vec::new();
    while let Some(chunk) = events.next().await {
        if has_event(&mut end_of_line, &chunk?) {
            tell(file, patience, terminal).await?;
        }
    }
    Ok(())
}

async fn tell(file: &PhoneFile, patience: Duration, terminal: Terminal) -> Result<(), Failure> {
    let report = sync::run(file, patience, terminal).await?;
    if report.is_news() { terminal.answer(&report, |out| report.draw(out)) } else { Ok(()) }
}

/// Whether this chunk of `text/event-stream` completes a line with data; comments are the heartbeat.
/// `rest` keeps the beginning of a line for the next chunk.
fn has_event(rest: &mut Vec<u8>, chunk: &[u8]) -> bool {
    rest.extend_from_slice(chunk);
    let whole = rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let lines: Vec<u8> = rest.drain(..whole).collect();
    lines.split(|&byte| byte == b'\n').any(|line| line.starts_with(b"data:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_seen_however_it_is_cut_and_a_heartbeat_is_none() {
        let mut rest = Vec::new();
        assert!(!has_event(&mut rest, b": heartbeat\n\n"));
        assert!(!has_event(&mut rest, b"event: poke\nda"));
        assert!(has_event(&mut rest, b"ta: {\"bucket\":\"user:1\",\"rev\":3}\n\n"));
        assert!(!has_event(&mut rest, b""));
    }
}
