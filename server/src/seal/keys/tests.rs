use super::*;

fn fresh() -> (tempfile::TempDir, PathBuf, Keys) {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("deep").join("baobei.db.keys");
    let keys = Keys::create(&folder, &Random::system()).unwrap();
    (parent, folder, keys)
}

fn same(a: &Keys, b: &Keys) -> bool {
    let newest = |keys: &Keys| {
        [&keys.sealing, &keys.index, &keys.anchors, &keys.tokens]
            .map(|ring| (ring.newest().0, *ring.newest().1.bytes()))
    };
    newest(a) == newest(b)
}

#[test]
fn the_first_start_makes_four_different_keys_that_stay() {
    let (_parent, folder, keys) = fresh();
    let all = [&keys.sealing, &keys.index, &keys.anchors, &keys.tokens].map(|ring| *ring.newest().1.bytes());
    for (at, key) in all.iter().enumerate() {
        assert!(*key != [0; 32] && !all[..at].contains(key));
    }
    assert!(same(&keys, &Keys::open(&folder).unwrap()));
    assert!(same(&keys, &Keys::create(&folder, &Random::system()).unwrap()), "creating again makes nothing new");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4, "no drafts are left");
}

#[test]
fn a_creation_that_was_interrupted_is_completed() {
    let (_parent, folder, keys) = fresh();
    fs::remove_file(folder.join("tokens-1.key")).unwrap();
    assert!(matches!(Keys::open(&folder), Err(KeysError::Missing { purpose: KeyUse::Tokens, .. })));
    let completed = Keys::create(&folder, &Random::system()).unwrap();
    assert_eq!(completed.sealing.newest().1.bytes(), keys.sealing.newest().1.bytes());
    assert_ne!(completed.tokens.newest().1.bytes(), keys.tokens.newest().1.bytes());
    assert_ne!(completed.fingerprint(), keys.fingerprint());
}

#[test]
fn processes_that_start_together_agree() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("keys");
    let prints: Vec<_> = std::thread::scope(|scope| {
        let starts: Vec<_> =
            (0..8).map(|_| scope.spawn(|| Keys::create(&folder, &Random::system()).unwrap().fingerprint())).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert!(prints.iter().all(|print| *print == prints[0]), "{prints:?}");
}

#[test]
fn a_rotation_adds_a_generation_and_keeps_the_old_ones() {
    let (_parent, folder, keys) = fresh();
    for expected in 2..=11 {
        assert_eq!(add_generation(&folder, KeyUse::Index, &Random::system()).unwrap(), expected);
    }
    let rotated = Keys::open(&folder).unwrap();
    assert_eq!(rotated.index.newest().0, 11, "generations are numbers, not texts");
    assert_eq!(rotated.index.get(1).unwrap().bytes(), keys.index.newest().1.bytes());
    assert_eq!(
        rotated.index.all().into_iter().map(|(id, _)| id).collect::<Vec<_>>(),
        (1..=11).rev().collect::<Vec<_>>()
    );
    assert!(rotated.index.get(12).is_none());
    assert_eq!(rotated.fingerprint(), keys.fingerprint());
}

#[cfg(unix)]
#[test]
fn keys_are_private_and_exposed_ones_are_refused() {
    use std::os::unix::fs::PermissionsExt;

    let (_parent, folder, _) = fresh();
    let file = folder.join("sealing-1.key");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    for path in [&file, &folder] {
        let before = fs::metadata(path).unwrap().permissions();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(Keys::open(&folder), Err(KeysError::Exposed { mode: 0o755, .. })));
        fs::set_permissions(path, before).unwrap();
    }
    assert!(Keys::open(&folder).is_ok());
}

#[test]
fn files_that_are_no_keys_are_named() {
    let (_parent, folder, _) = fresh();
    fs::write(folder.join("README"), "mine").unwrap();
    fs::write(folder.join("sealing-02.key"), "not a name of ours").unwrap();
    assert!(Keys::open(&folder).is_ok());
    let file = folder.join("anchors-1.key");
    fs::write(&file, "abc").unwrap();
    let error = Keys::open(&folder).unwrap_err();
    assert!(matches!(&error, KeysError::Malformed { path } if *path == file));
    assert!(matches!(Keys::open(&folder.join("nowhere")), Err(KeysError::Io { .. })));
}

#[test]
fn printing_keys_tells_nothing() {
    let (_parent, _folder, keys) = fresh();
    let printed = format!("{keys:?}");
    assert!(printed.contains("Key(secret)"));
    assert!(!printed.contains(&hex::encode(keys.tokens.newest().1.bytes())));
    assert!(!printed.contains(&format!("{:?}", keys.tokens.newest().1.bytes())));
}
