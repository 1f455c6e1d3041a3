//! A table of facts in memory: what was loaded, what changed, and a way back for groups of ops that share one fate.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

/// Rows by key, with the changes since loading.
#[derive(Debug, Clone)]
pub struct Table<K, V> {
    rows: BTreeMap<K, V>,
    loaded: BTreeSet<K>,
    changed: BTreeSet<K>,
    undo: Option<Vec<(K, Option<V>, bool)>>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), loaded: BTreeSet::new(), changed: BTreeSet::new(), undo: None }
    }
}

impl<K: Ord + Clone, V> Table<K, V> {
    /// Takes rows as they are stored.
    pub fn load(&mut self, rows: impl IntoIterator<Item = (K, V)>) {
        for (key, row) in rows {
            self.loaded.insert(key.clone());
            self.rows.insert(key, row);
        }
    }

    /// Whether the row of this key is stored already.
    pub fn was_loaded(&self, key: &K) -> bool {
        self.loaded.contains(key)
    }

    /// The row of this key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    /// Writes a row.
    pub fn put(&mut self, key: K, row: V) {
        let new = self.changed.insert(key.clone());
        let old = self.rows.insert(key.clone(), row);
        if let Some(undo) = &mut self.undo {
            undo.push((key, old, new));
        }
    }

    /// All rows, ascending by key.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.rows.iter()
    }

    /// All rows, ascending by key.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.rows.values()
    }

    /// The rows written since loading, ascending by key.
    pub fn changes(&self) -> impl Iterator<Item = (&K, &V)> {
        self.changed.iter().filter_map(|key| self.rows.get_key_value(key))
    }

    /// From here on changes can be taken back.
    pub fn begin(&mut self) {
        self.undo = Some(Vec::new());
    }

    /// Keeps the changes since [`Table::begin`].
    pub fn keep(&mut self) {
        self.undo = None;
    }

    /// Takes the changes since [`Table::begin`] back.
    pub fn take_back(&mut self) {
        for (key, old, new) in self.undo.take().into_iter().flatten().rev() {
            if new {
                self.changed.remove(&key);
            }
            match old {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
    }
}

/// A row that is looked for by something it shares with others.
pub trait Grouped {
    /// What is shared.
    type Group: Ord;

    /// The row's own.
    fn group(&self) -> Self::Group;
}

/// A [`Table`] whose rows are also found by their group.
#[derive(Debug)]
pub struct GroupedTable<K, V: Grouped> {
    table: Table<K, V>,
    /// May name rows that were taken back or are of another group now.
    groups: BTreeMap<V::Group, BTreeSet<K>>,
}

impl<K, V: Grouped> Default for GroupedTable<K, V> {
    fn default() -> Self {
        Self { table: Table::default(), groups: BTreeMap::new() }
    }
}

impl<K, V: Grouped> Deref for GroupedTable<K, V> {
    type Target = Table<K, V>;

    fn deref(&self) -> &Table<K, V> {
        &self.table
    }
}

impl<K: Ord + Clone, V: Grouped> GroupedTable<K, V> {
    /// Takes rows as they are stored.
    pub fn load(&mut self, rows: impl IntoIterator<Item = (K, V)>) {
        for (key, row) in rows {
            self.groups.entry(row.group()).or_default().insert(key.clone());
            self.table.load([(key, row)]);
        }
    }

    /// Writes a row.
    pub fn put(&mut self, key: K, row: V) {
        self.groups.entry(row.group()).or_default().insert(key.clone());
        self.table.put(key, row);
    }

    /// The rows of a group, ascending by key.
    pub fn in_group(&self, group: &V::Group) -> impl Iterator<Item = &V> {
        let keys = self.groups.get(group).into_iter().flatten();
        keys.filter_map(|key| self.table.get(key)).filter(|row| row.group() == *group)
    }

    /// The table, to begin, keep and take back.
    pub(super) fn table_mut(&mut self) -> &mut Table<K, V> {
        &mut self.table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_leaves_no_trace_when_it_is_taken_back() {
        let mut table = Table::default();
        table.load([(1, "a"), (2, "b")]);
        table.put(2, "c");
        table.begin();
        for (key, row) in [(1, "x"), (2, "x"), (3, "x"), (3, "y")] {
            table.put(key, row);
        }
        table.take_back();
        assert_eq!(table.iter().collect::<Vec<_>>(), [(&1, &"a"), (&2, &"c")]);
        assert_eq!(table.changes().collect::<Vec<_>>(), [(&2, &"c")]);
        table.begin();
        table.put(1, "z");
        table.keep();
        assert_eq!(table.changes().collect::<Vec<_>>(), [(&1, &"z"), (&2, &"c")]);
    }

    impl Grouped for (u8, char) {
        type Group = u8;

        fn group(&self) -> u8 {
            self.0
        }
    }

    #[test]
    fn rows_are_found_by_the_group_they_are_in_now() {
        let mut table = GroupedTable::default();
        table.load([(1, (7, 'a')), (2, (8, 'b')), (3, (7, 'c'))]);
        table.put(3, (8, 'c'));
        table.table_mut().begin();
        table.put(4, (7, 'd'));
        assert_eq!(table.in_group(&7).collect::<Vec<_>>(), [&(7, 'a'), &(7, 'd')]);
        table.table_mut().take_back();
        assert_eq!(table.in_group(&7).collect::<Vec<_>>(), [&(7, 'a')]);
        assert_eq!(table.in_group(&8).collect::<Vec<_>>(), [&(8, 'b'), &(8, 'c')]);
    }
}
