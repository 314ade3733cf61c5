//! The files of `src` as a graph: which file names what another one declares.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::tokens::{Code, Token, group_len, tokens, without_tests};

/// A path of a module or of a name in it, from the root of the crate.
type Segments = Vec<String>;

/// A name that a `use` line brings in: `*` for all of a module.
struct Import {
    name: String,
    path: Segments,
    is_public: bool,
}

/// A source file without its tests.
pub struct File {
    /// `http/parser.rs`.
    pub path: String,
    pub lines: usize,
    pub tokens: Vec<Token>,
    module_len: usize,
    imports: Vec<Import>,
    /// Paths inside the code, from the root of the crate.
    inline: Vec<Segments>,
    /// Names that the file declares outside of all blocks.
    declared: BTreeSet<String>,
    /// Words outside of `use` lines.
    words: BTreeSet<String>,
}

/// All files but those that only tests have.
pub struct Tree(BTreeMap<Segments, File>);

impl Tree {
    /// From paths below `src` and their texts.
    pub fn new<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Tree {
        let mut files = BTreeMap::new();
        let mut of_tests: Vec<Segments> = Vec::new();
        for (path, source) in sources {
            let (module, code) = (module_of(path), without_tests(tokens(source)));
            of_tests.extend(code.test_modules.iter().map(|name| joined(&module, name)));
            files.insert(module, (path.to_owned(), source.lines().count(), code));
        }
        files.retain(|module, _| !of_tests.iter().any(|tests| module.starts_with(tests)));
        let modules: BTreeSet<Segments> = files.keys().cloned().collect();
        let read = |(module, (path, lines, code)): (Segments, _)| {
            let file = File::new(&module, path, lines, code, &modules);
            (module, file)
        };
        Tree(files.into_iter().map(read).collect())
    }

    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.0.values()
    }

    /// Circles of files of this room, each file naming the next; the first stands at the end again. The shortest comes first,
    /// and each file that is in a circle is in one of these.
    pub fn circles(&self, room: &str) -> Vec<Vec<&str>> {
        let is_own = |path: &str| path.strip_prefix(room).is_some_and(|rest| rest.starts_with('/'));
        let files = self.files().filter(|file| is_own(&file.path));
        let edges: Edges<'_> = files
            .map(|file| (file.path.as_str(), self.named_by(file).into_iter().filter(|path| is_own(path)).collect()))
            .collect();
        let mut circles: Vec<Vec<&str>> = edges.keys().filter_map(|first| shortest_circle(&edges, first)).collect();
        circles.sort_by_key(Vec::len);
        let mut known: Vec<BTreeSet<&str>> = Vec::new();
        circles.retain(|circle| {
            let files: BTreeSet<&str> = circle.iter().copied().collect();
            let is_new = !known.contains(&files);
            known.push(files);
            is_new
        });
        circles
    }

    /// Other files that declare what this one names.
    pub fn named_by(&self, file: &File) -> BTreeSet<&str> {
        let mut named = BTreeSet::new();
        for import in &file.imports {
            if import.name == "*" {
                named.extend(file.words.iter().filter_map(|word| self.declares(&joined(&import.path, word), 0)));
            // A re-export names nothing, unless the file uses the name itself.
            } else if !import.is_public || file.words.contains(&import.name) {
                named.extend(self.declares(&import.path, 0));
            }
        }
        named.extend(file.inline.iter().filter_map(|path| self.declares(path, 0)));
        named.remove(file.path.as_str());
        named
    }

    /// The file that declares the name at this path, through all re-exports; a module is its own file.
    fn declares(&self, path: &[String], depth: usize) -> Option<&str> {
        // Two modules may re-export each other with `*`.
        const DEPTH_MAX: usize = 8;
        let file = (0..=path.len()).rev().find_map(|len| self.0.get(&path[..len]))?;
        let Some(name) = path.get(file.module_len) else { return Some(&file.path) };
        if file.declared.contains(name) {
            return Some(&file.path);
        }
        if depth == DEPTH_MAX {
            return None;
        }
        file.imports.iter().find_map(|import| match import.name.as_str() {
            "*" => self.declares(&joined(&import.path, name), depth + 1),
            imported if imported == name => self.declares(&import.path, depth + 1),
            _ => None,
        })
    }
}

/// Files with those that they name.
type Edges<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The shortest way from this file back to it.
fn shortest_circle<'a>(edges: &Edges<'a>, first: &'a str) -> Option<Vec<&'a str>> {
    let (mut before, mut queue) = (BTreeMap::new(), VecDeque::from([first]));
    while let Some(at) = queue.pop_front() {
        for &next in &edges[at] {
            if next == first {
                let mut way = vec![first, at];
                while *way.last()? != first {
                    way.push(before[way.last()?]);
                }
                way.reverse();
                return Some(way);
            }
            if !before.contains_key(next) {
                before.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

impl File {
    fn new(module: &[String], path: String, lines: usize, code: Code, modules: &BTreeSet<Segments>) -> File {
        let mut file = File {
            path,
            lines: lines - code.test_lines,
            tokens: code.tokens,
            module_len: module.len(),
            imports: Vec::new(),
            inline: Vec::new(),
            declared: BTreeSet::new(),
            words: BTreeSet::new(),
        };
        let tokens = std::mem::take(&mut file.tokens);
        let variants = variants(&tokens);
        let (mut at, mut depth, mut paths) = (0, 0, Vec::new());
        while at < tokens.len() {
            let token = &tokens[at];
            match token.text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                "use" if !tokens[at + 1].is("<") => {
                    let end = at + tokens[at..].iter().position(|token| token.is(";")).unwrap();
                    let is_public = at > 0 && (tokens[at - 1].is("pub") || tokens[at - 1].is(")"));
                    expand(&tokens[at + 1..end], &[], &mut |path, name| {
                        file.imports.push(Import { name, path: path.to_vec(), is_public });
                    });
                    at = end;
                }
                "mod" | "fn" | "struct" | "enum" | "trait" | "type" | "const" | "static" if depth == 0 => {
                    let is_elsewhere = token.is("mod") && tokens.get(at + 2).is_some_and(|token| token.is(";"));
                    if let Some(name) = tokens.get(at + 1).filter(|name| name.is_word() && !is_elsewhere) {
                        file.declared.insert(name.text.clone());
                    }
                }
                // A variant is no use of what has the same name elsewhere.
                _ if token.is_word() && !variants.contains(&at) => {
                    let mut path = vec![token.text.clone()];
                    while let [colons, name, ..] = &tokens[at + 1..]
                        && colons.is("::")
                        && name.is_word()
                    {
                        path.push(name.text.clone());
                        at += 2;
                    }
                    file.words.insert(path[0].clone());
                    paths.push(path);
                }
                _ => {}
            }
            at += 1;
        }
        file.tokens = tokens;
        let from_root = |path: &[String]| from_root(path, module, modules);
        let imports: Vec<Import> = std::mem::take(&mut file.imports)
            .into_iter()
            .filter_map(|import| Some(Import { path: from_root(&import.path)?, ..import }))
            .collect();
        // The first word of a path may be a module that a `use` line brought in.
        let through_import = |path: &Segments| {
            let import = imports.iter().find(|import| import.name == path[0] && modules.contains(&import.path))?;
            Some([&import.path[..], &path[1..]].concat())
        };
        let is_path = |path: &&Segments| path.len() > 1;
        file.inline =
            paths.iter().filter(is_path).filter_map(|path| from_root(path).or_else(|| through_import(path))).collect();
        file.imports = imports;
        file
    }

    /// Rooms that the code names, its own too.
    pub fn rooms(&self) -> BTreeSet<&str> {
        let paths = self.imports.iter().map(|import| &import.path).chain(&self.inline);
        paths.filter_map(|path| path.first()).map(String::as_str).collect()
    }

    /// Names of structs, enums, traits and type aliases, without associated types.
    pub fn types(&self) -> Vec<&str> {
        let (mut names, mut blocks, mut is_impl) = (Vec::new(), Vec::new(), false);
        for (at, token) in self.tokens.iter().enumerate() {
            match token.text.as_str() {
                "{" => blocks.push(std::mem::take(&mut is_impl)),
                "}" => drop(blocks.pop()),
                ";" => is_impl = false,
                "impl" | "trait" if at == 0 || !is_inside_signature(&self.tokens[at - 1]) => is_impl = true,
                _ => {}
            }
            let is_type = token.is("type") && blocks.last() != Some(&true);
            if (is_type || ["struct", "enum", "trait", "union"].contains(&token.text.as_str()))
                && let Some(name) = self.tokens.get(at + 1).filter(|name| name.is_word())
            {
                names.push(name.text.as_str());
            }
        }
        names
    }

    /// Names of functions with the lines that they take.
    pub fn functions(&self) -> Vec<(&str, usize)> {
        let mut found = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let Some(name) = self.tokens.get(at + 1).filter(|name| token.is("fn") && name.is_word()) else { continue };
            let mut end = at + 2;
            while end < self.tokens.len() && !self.tokens[end].is(";") && !self.tokens[end].is("{") {
                let is_group = self.tokens[end].is("(") || self.tokens[end].is("[");
                end += if is_group { group_len(&self.tokens[end..]) } else { 1 };
            }
            let len = self.tokens.get(end).map_or(0, |_| group_len(&self.tokens[end..]));
            found.push((name.text.as_str(), self.tokens[(end + len).min(self.tokens.len()) - 1].line - token.line + 1));
        }
        found
    }
}

/// Whether `impl` behind this is a part of a type: `-> impl`, `(impl`, `&impl`.
fn is_inside_signature(before: &Token) -> bool {
    !["}", ";", "]", "{", ")", "pub", "unsafe"].contains(&before.text.as_str())
}

fn joined(path: &[String], name: &str) -> Segments {
    path.iter().cloned().chain([name.to_owned()]).collect()
}

/// `http/parser.rs` and `http/parser/mod.rs` are `http::parser`; `lib.rs` is the root.
fn module_of(path: &str) -> Segments {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// The path as the root of the crate sees it; `None` where it leads out of the crate.
fn from_root(path: &[String], module: &[String], modules: &BTreeSet<Segments>) -> Option<Segments> {
    let (mut start, mut rest) = (module.to_vec(), path);
    match path.first()?.as_str() {
        "crate" | "svcd" => (start, rest) = (Vec::new(), &path[1..]),
        "self" => rest = &path[1..],
        "super" => {}
        child => {
            start.push(child.to_owned());
            return modules.contains(&start).then(|| [module, path].concat());
        }
    }
    while rest.first().is_some_and(|segment| segment == "super") {
        start.pop()?;
        rest = &rest[1..];
    }
    Some([&start[..], rest].concat())
}

/// Where the variants of enums are named.
fn variants(tokens: &[Token]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for start in (0..tokens.len()).filter(|at| tokens[*at].is("enum")) {
        let Some(open) = tokens[start..].iter().position(|token| token.is("{")).map(|at| start + at) else { continue };
        let end = open + group_len(&tokens[open..]) - 1;
        let (mut at, mut is_next) = (open + 1, true);
        while at < end {
            match tokens[at].text.as_str() {
                "(" | "[" | "{" => at += group_len(&tokens[at..]) - 1,
                "," => is_next = true,
                _ if is_next && tokens[at].is_word() => {
                    found.insert(at);
                    is_next = false;
                }
                _ => {}
            }
            at += 1;
        }
    }
    found
}

/// All paths of a `use` line, each with the name that it has here.
fn expand(tokens: &[Token], before: &[String], found: &mut dyn FnMut(&[String], String)) {
    let mut path = before.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if token.is("{") {
            let inner = &tokens[at + 1..at + group_len(&tokens[at..]) - 1];
            let (mut start, mut depth) = (0, 0);
            for (end, token) in inner.iter().enumerate() {
                match token.text.as_str() {
                    "{" => depth += 1,
                    "}" => depth -= 1,
                    "," if depth == 0 => {
                        expand(&inner[start..end], &path, found);
                        start = end + 1;
                    }
                    _ => {}
                }
            }
            return expand(&inner[start..], &path, found);
        }
        if token.is("as") {
            return found(&path, tokens[at + 1].text.clone());
        }
        if token.is("*") {
            return found(&path, "*".to_owned());
        }
        // `{self}` is the module itself.
        if token.is_word() && (path.is_empty() || !token.is("self")) {
            path.push(token.text.clone());
        }
        at += 1;
    }
    if let Some(name) = path.last().cloned().filter(|_| !tokens.is_empty()) {
        found(&path, name);
    }
}
