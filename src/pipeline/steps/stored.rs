//! Steps as model.bin has them: one list of all, which no decoder has to go deep for.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Branch, Branches, Error, NESTED_MAX, Step, Steps, too_deep};

impl Steps {
    /// All steps, those inside of others first: as a file has them, so that no file can make a decoder recurse as deep as it
    /// likes.
    pub(super) fn listed<'a>(&'a self, list: &mut Vec<&'a Step>) {
        for step in &self.0 {
            if let Step::Columns(branches) = step {
                branches.branches.iter().for_each(|branch| branch.steps().listed(list));
            }
            list.push(step);
        }
    }

    /// The steps of such a list.
    pub(super) fn of_list(list: Vec<Step>) -> Result<Steps, Error> {
        // not taken yet, each with how deep it is
        let mut free: Vec<(Step, usize)> = Vec::new();
        for mut step in list {
            let mut depth = 0;
            if let Step::Columns(Branches { branches, .. }) = &mut step {
                let counts = branches.iter().map(Branch::n_steps);
                let taken = counts.fold(0, usize::saturating_add);
                let start = free.len().checked_sub(taken).ok_or_else(|| {
                    Error::part("transformers.steps", format_args!("at most {} steps", free.len()), taken)
                })?;
                let mut taken = free.drain(start..);
                for branch in branches {
                    let (steps, depths): (_, Vec<_>) = taken.by_ref().take(branch.n_steps()).unzip();
                    depth = depths.into_iter().max().unwrap_or_default().max(depth);
                    branch.set_steps(Steps(steps));
                }
                depth += 1;
                if depth > NESTED_MAX {
                    return Err(too_deep());
                }
            }
            free.push((step, depth));
        }
        Ok(Steps(free.into_iter().map(|(step, _)| step).collect()))
    }
}

impl Serialize for Steps {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = Vec::new();
        self.listed(&mut list);
        list.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Steps {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Steps, D::Error> {
        Steps::of_list(Vec::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
