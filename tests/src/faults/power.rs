//! A power cut under SQLite: what was written and not synced is lost, some of it or all.
//!
//! The server runs with `power.c` preloaded, which keeps notes of what every write since the last sync replaced. After `kill -9`, when all
//! writes are still in the system's memory, [`cut`] takes back those that chance chooses: disks write in any order.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::chance::Chance;

const SOURCE: &str = include_str!("power.c");

/// What a write replaced.
struct Note {
    offset: u64,
    /// What stood there.
    bytes: Vec<u8>,
    /// How many bytes the write added to the file: their place is there, and empty.
    added: usize,
}

/// Compiles the disk that forgets; where it is.
///
/// # Panics
/// Without a C compiler, which building SQLite needs, too.
pub(super) fn library(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("power.c"), folder.join("power.so"));
    fs::write(&source, SOURCE).expect("a file can be written");
    let compiled =
        Command::new("cc").args(["-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl").status();
    assert!(compiled.expect("there is a C compiler").success(), "power.c does not compile");
    library
}

/// Takes back what chance chooses of what was not synced in a database that nobody has open; how many writes were taken back.
pub(super) fn cut(database: &Path, chance: &mut Chance) -> u64 {
    let mut lost = 0;
    let everything = chance.hits(300);
    for suffix in ["", "-wal"] {
        let mut path = database.as_os_str().to_owned();
        path.push(suffix);
        let mut notes = path.clone();
        notes.push(".notes");
        for note in read(Path::new(&notes)).into_iter().rev() {
            if everything || chance.hits(500) {
                take_back(Path::new(&path), &note);
                lost += 1;
            }
        }
        let _ = fs::remove_file(&notes);
    }
    lost
}

/// The notes, oldest first; one that was being written is none.
fn read(path: &Path) -> Vec<Note> {
    let Ok(mut file) = File::open(path) else { return Vec::new() };
    let mut notes = Vec::new();
    let mut head = [0; 24];
    while file.read_exact(&mut head).is_ok() {
        let [offset, written, replaced] =
            [0, 8, 16].map(|at| u64::from_le_bytes(head[at..at + 8].try_into().expect("8 bytes")));
        let [written, replaced] = [written, replaced].map(|count| usize::try_from(count).expect("a small write"));
        let mut bytes = vec![0; replaced];
        if file.read_exact(&mut bytes).is_err() {
            break;
        }
        notes.push(Note { offset, bytes, added: written - replaced });
    }
    notes
}

fn take_back(path: &Path, note: &Note) {
    let mut file = OpenOptions::new().write(true).open(path).expect("the database's file");
    file.seek(SeekFrom::Start(note.offset)).expect("a place in the file");
    file.write_all(&note.bytes).and_then(|()| file.write_all(&vec![0; note.added])).expect("the file can be written");
}
