//! `serve --reload`: looks at the model's files now and then, and replaces the model when there is a new one.
//!
//! Files are taken once all of them have stayed the same for one interval, so that no half-written one is. The model is loaded and checked while
//! the old model goes on answering: until the moment of replacement, or for good if the new file cannot be served, or has other
//! columns, labels or outputs than its clients know.

mod differences;

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Error;
use super::arguments::Arguments;
use super::command::{Flag, flag};
use super::encode;
use super::facts;
use super::log::{Log, LogValue};
use super::model::{self, Opened, PublicName};
use crate::api::served::Served;
use crate::api::service::Service;
use crate::model_file::folder;
use differences::differences;

/// How often to look, if at all, and which models to take.
pub(super) const RELOAD: &[Flag] = &[
    flag("--reload TIME", "how often to check the files for a new model").default("never").env(&["SVCD_RELOAD"]),
    flag("--reload-any", "reload even if columns, labels or outputs differ").env(&["SVCD_RELOAD_ANY"]),
];

/// How often to look; `None` for never.
pub(super) fn interval(arguments: &Arguments, paths: &[PathBuf]) -> Result<Option<Duration>, Error> {
    const SHORTEST: Duration = Duration::from_millis(1);
    let interval = arguments.duration("--reload", SHORTEST)?;
    if interval.is_some() && paths.is_empty() {
        return Err(Error::Usage("--reload: expected --model PATH with it, found none".to_owned()));
    }
    if interval.is_none() && arguments.is_given("--reload-any") {
        return Err(Error::Usage("--reload-any: expected --reload TIME with it, found none".to_owned()));
    }
    Ok(interval)
}

/// Tells one state of a file from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    path: PathBuf,
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    /// The time that a program cannot set: `cp -p` and `rsync -t` keep the others.
    changed: (i64, i64),
}

/// The state of all files, or why there is none.
type FileState = Result<Vec<Stamp>, io::ErrorKind>;

/// All files that the model is made of: those of the model, and those of encoders of columns.
pub(super) fn watched(paths: &[PathBuf], arguments: &Arguments) -> Vec<PathBuf> {
    let encoders = encode::given(arguments).unwrap_or_default();
    paths.iter().cloned().chain(encoders.into_iter().map(|(_, path)| path)).collect()
}

/// The state of the files that these paths stand for, through all links.
pub(super) fn state(paths: &[PathBuf]) -> FileState {
    let files = folder::list(paths).map_err(|_| io::ErrorKind::Other)?;
    files.into_iter().map(|file| Stamp::of(file.path)).collect()
}

impl Stamp {
    fn of(path: PathBuf) -> Result<Stamp, io::ErrorKind> {
        let metadata = fs::metadata(&path).map_err(|error| error.kind())?;
        Ok(Stamp {
            path,
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

/// Decides when a file has settled.
struct Settling {
    /// The state that has been dealt with; `None` to deal with the next settled one, whichever it is.
    judged: Option<FileState>,
    /// The state at the last look.
    last: FileState,
}

impl Settling {
    /// Whether `found` is new, and was the same at the last look.
    fn look(&mut self, found: FileState) -> bool {
        let is_settled = self.last == found;
        self.last = found;
        if self.judged.as_ref() == Some(&self.last) || !is_settled {
            return false;
        }
        self.judged = Some(self.last.clone());
        true
    }

    /// The file has changed while it was being loaded: `found` is its state now.
    fn reconsider(&mut self, found: FileState) {
        *self = Settling { judged: None, last: found };
    }
}

/// The thread that looks.
pub(super) struct Watch {
    paths: Vec<PathBuf>,
    /// These, and the files of encoders of columns.
    watched: Vec<PathBuf>,
    arguments: Arguments,
    public_name: PublicName,
    service: Arc<Service>,
    log: Arc<Log>,
    settling: Settling,
    /// Replaced models that threads may still hold. They are dropped here, so that no request has to wait for it.
    replaced: Vec<Arc<Served>>,
}

impl Watch {
    /// `loaded`: the state of the file before the served model was read from it.
    pub(super) fn new(
        paths: Vec<PathBuf>,
        loaded: FileState,
        arguments: Arguments,
        public_name: PublicName,
        service: Arc<Service>,
        log: Arc<Log>,
    ) -> Watch {
        let settling = Settling { judged: Some(loaded.clone()), last: loaded };
        let watched = watched(&paths, &arguments);
        Watch { paths, watched, arguments, public_name, service, log, settling, replaced: Vec::new() }
    }

    /// Looks at the file every `interval` until the process ends.
    pub(super) fn start(mut self, interval: Duration) -> Result<(), Error> {
        let run = move || loop {
            thread::sleep(interval);
            self.replaced.retain(|served| Arc::strong_count(served) > 1);
            self.look();
        };
        let spawned = thread::Builder::new().name("reload".to_owned()).spawn(run);
        spawned.map(drop).map_err(|cause| Error::Failed(format!("failed to start a thread for --reload: {cause}")))
    }

    fn look(&mut self) {
        let found = state(&self.watched);
        if !self.settling.look(found.clone()) {
            return;
        }
        let begin = Instant::now();
        // If loading panics, the file is refused, and the next one gets its chance.
        let open = AssertUnwindSafe(|| model::open(&self.paths, &self.arguments));
        let opened = panic::catch_unwind(open).unwrap_or_else(|_| Err(Error::Failed("internal error".to_owned())));
        let found_after = state(&self.watched);
        if found_after != found {
            return self.settling.reconsider(found_after);
        }
        match opened {
            Ok(opened) => self.consider(opened, begin.elapsed()),
            Err(error) => self.refuse(&error.to_string()),
        }
    }

    /// Takes a model that clients of the running one can go on asking as before.
    fn consider(&mut self, opened: Opened, duration: Duration) {
        let sha256 = opened.sha256.to_string();
        let served = self.service.current.newest().served;
        if served.facts.sha256 == sha256 {
            return self.log.info("model_unchanged", &[("sha256", LogValue::Text(&sha256))]);
        }
        let differences = differences(&served.model, &opened.loaded.model);
        if !differences.is_empty() && !self.arguments.has("--reload-any") {
            let found = differences.join("; ");
            return self.refuse(&format!(
                "expected the columns, labels and outputs of the running model, found {found}; \
                 start svcd with --reload-any to accept such a model"
            ));
        }
        self.take(opened, &sha256, duration);
    }

    fn take(&mut self, opened: Opened, sha256: &str, duration: Duration) {
        let current = &self.service.current;
        let notes = model::notes(&opened.loaded);
        let before = current.replace(self.public_name.served(opened));
        self.service.instance.metrics.count_reload(true);
        let served = current.newest().served;
        let model = &served.model;
        let after = [("model", LogValue::Text(&self.public_name.name)), ("sha256", LogValue::Text(sha256))];
        let others = [
            ("sha256_before", LogValue::Text(&before.facts.sha256)),
            ("features_before", LogValue::count(before.model.n_features_in())),
            ("duration_ms", LogValue::milliseconds(duration)),
        ];
        let fields: Vec<_> = after.into_iter().chain(facts::of(model)).chain(others).collect();
        self.log.info("model_reloaded", &fields);
        self.log.model_notes(&notes);
        self.log.warnings("model_warning", &served.facts.warnings);
        self.replaced.push(before);
    }

    fn refuse(&self, cause: &str) {
        self.service.instance.metrics.count_reload(false);
        let served = self.service.current.newest().served;
        let fields = [("cause", LogValue::Text(cause)), ("still_serving", LogValue::Text(&served.facts.sha256))];
        self.log.error("model_refused", &fields);
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    const GONE: FileState = Err(io::ErrorKind::NotFound);

    fn stamp(bytes: u64) -> FileState {
        Ok(vec![Stamp { path: PathBuf::from("a"), device: 1, inode: 2, bytes, modified: (3, 4), changed: (5, 6) }])
    }

    fn looks(judged: &FileState, found: &[&FileState]) -> Vec<bool> {
        let mut settling = Settling { judged: Some(judged.clone()), last: judged.clone() };
        found.iter().map(|found| settling.look((*found).clone())).collect()
    }

    #[test]
    fn a_file_is_taken_once_when_it_has_been_the_same_for_one_interval() {
        let (old, growing, new) = (&stamp(1), &stamp(2), &stamp(3));
        assert_eq!(looks(old, &[old, old, old]), [false; 3]);
        assert_eq!(looks(old, &[new, new, new]), [false, true, false]);
        assert_eq!(looks(old, &[growing, new, new, new]), [false, false, true, false]);
        // Replaced and put back, it is the old one.
        assert_eq!(looks(old, &[new, old, old]), [false; 3]);
        assert_eq!(looks(old, &[new, new, old, old]), [false, true, false, true]);
    }

    #[test]
    fn a_file_that_has_gone_is_told_once() {
        assert_eq!(looks(&stamp(1), &[&GONE, &GONE, &GONE, &stamp(2), &stamp(2)]), [false, true, false, false, true]);
        // Between two names of a rename there is nothing to tell.
        assert_eq!(looks(&stamp(1), &[&GONE, &stamp(2), &stamp(2)]), [false, false, true]);
    }

    #[test]
    fn a_file_that_changes_while_it_is_loaded_is_looked_at_again() {
        let mut settling = Settling { judged: Some(stamp(1)), last: stamp(2) };
        assert!(settling.look(stamp(2)));
        settling.reconsider(stamp(3));
        assert!(settling.look(stamp(3)));
        assert!(!settling.look(stamp(3)));
    }

    #[test]
    fn every_way_to_replace_a_file_changes_its_stamp() {
        let directory = std::env::temp_dir().join(format!("svcd-stamp-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let (path, other) = (directory.join("a"), directory.join("b"));
        assert_eq!(state(from_ref(&path)), GONE);
        fs::write(&path, "one").unwrap();
        let first = state(from_ref(&path));
        assert_eq!(state(from_ref(&path)), first);
        // Same length, same time, another file.
        fs::write(&other, "two").unwrap();
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        fs::File::options().write(true).open(&other).unwrap().set_modified(time).unwrap();
        fs::rename(&other, &path).unwrap();
        let second = state(from_ref(&path));
        assert_ne!(second, first);
        // The same file, another length; then another time.
        fs::write(&path, "three").unwrap();
        let third = state(from_ref(&path));
        assert_ne!(third, second);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time + Duration::from_nanos(1)).unwrap();
        let fourth = state(from_ref(&path));
        assert_ne!(fourth, third);
        // The same file, length and time, as after `cp -p`.
        let kept = fs::metadata(&path).unwrap().modified().unwrap();
        // The clock that stamps files ticks some hundred times a second.
        thread::sleep(Duration::from_millis(20));
        fs::write(&path, "seven").unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(kept).unwrap();
        assert_ne!(state(from_ref(&path)), fourth);
        fs::remove_dir_all(&directory).unwrap();
    }
}
