//! The documents name tests; this holds the names to the code.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    fn sources(folder: &Path, found: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    /// Words in backticks that look like tests of promises and rules: `p4_…`, `bk_1_…`.
    fn named(document: &str) -> BTreeSet<&str> {
        let test = |word: &&str| {
            let letters = word.bytes().take_while(u8::is_ascii_lowercase).count();
            let rest = word[letters..].trim_start_matches('_');
            (1..=2).contains(&letters) && rest.starts_with(|c: char| c.is_ascii_digit()) && word.contains('_')
        };
        document.split('`').skip(1).step_by(2).filter(test).collect()
    }

    #[test]
    fn every_test_that_the_architecture_names_exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let document = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
        let names = named(&document);
        assert!(names.len() > 20, "{names:?}");
        let mut code = String::new();
        for folder in ["sync-core", "api-spec", "server", "tests"] {
            sources(&root.join(folder), &mut code);
        }
        let missing: Vec<_> = names.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
        assert!(missing.is_empty(), "no such test: {missing:?}");
    }

    #[test]
    fn every_promise_is_in_the_architecture() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let document = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
        for promise in 1..=14 {
            assert!(document.contains(&format!("| P{promise} |")), "P{promise}");
        }
    }
}
