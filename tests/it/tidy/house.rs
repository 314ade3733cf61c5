//! The rules of the house: which room may import which, no circles inside a room, sizes, and one name for one thing.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::tree::Tree;
use super::{files, read};

/// Each room with the rooms that it may import; `main.rs` imports `cli` alone.
const ARROWS: [(&str, &[&str]); 8] = [
    ("cli", &["api", "escape", "http", "inflate", "model_file", "pipeline", "svc"]),
    ("api", &["http", "inflate", "pipeline"]),
    ("model_file", &["escape", "inflate", "pipeline", "svc"]),
    ("pipeline", &["inflate", "svc"]),
    ("http", &["inflate"]),
    ("escape", &[]),
    ("inflate", &[]),
    ("svc", &[]),
];

/// A room's own error, beside its cause.
const REPEATED_NAMES: &[&str] = &["Error"];

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

/// The crate as it is.
static HOUSE: LazyLock<Tree> = LazyLock::new(|| {
    let texts: Vec<(String, String)> = files("src", "rs").into_iter().map(|path| (path.clone(), read(&path))).collect();
    Tree::new(texts.iter().map(|(path, text)| (path.strip_prefix("src/").unwrap(), text.as_str())))
});

/// Files that name a room which theirs may not import, and rooms that are on no map.
fn wrong_arrows(tree: &Tree) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in tree.files() {
        let room = file.path.split('/').next().unwrap();
        let allowed = match room {
            "main.rs" => &["cli"],
            "lib.rs" => &[][..],
            _ => match ARROWS.iter().find(|(known, _)| *known == room) {
                Some((_, allowed)) => allowed,
                None => {
                    wrong.push(format!("{} is in a room that is on no map", file.path));
                    continue;
                }
            },
        };
        let is_allowed = |named: &&str| *named == room || allowed.contains(named);
        let rooms = file.rooms();
        wrong.extend(
            rooms.into_iter().filter(|named| !is_allowed(named)).map(|named| format!("{} imports {named}", file.path)),
        );
    }
    wrong
}

/// The shortest circle of each of these rooms.
fn circles<'a>(tree: &Tree, rooms: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    rooms.into_iter().filter_map(|room| Some(tree.circles(room).first()?.join(" -> "))).collect()
}

fn too_long(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for file in tree.files() {
        if file.lines > FILE_LINES_MAX {
            found.push(format!("{} has {} lines without tests", file.path, file.lines));
        }
        for (name, lines) in file.functions().into_iter().filter(|(_, lines)| *lines > FUNCTION_LINES_MAX) {
            found.push(format!("{}: `{name}` has {lines} lines", file.path));
        }
    }
    found
}

/// Names of types that two files declare, or one file twice.
fn repeated_names(tree: &Tree, exceptions: &[&str]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in tree.files() {
        for name in file.types().into_iter().filter(|name| !exceptions.contains(name)) {
            places.entry(name).or_default().push(&file.path);
        }
    }
    places.retain(|_, places| places.len() > 1);
    places.into_iter().map(|(name, places)| format!("`{name}` in {}", places.join(", "))).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn rooms_import_only_along_the_arrows() {
    assert_eq!(wrong_arrows(&HOUSE), NONE);
}

#[test]
fn files_of_a_room_import_each_other_in_no_circle() {
    assert_eq!(circles(&HOUSE, ARROWS.map(|(room, _)| room)), NONE);
}

#[test]
fn files_and_functions_are_short() {
    assert_eq!(too_long(&HOUSE), NONE);
}

#[test]
fn one_name_stands_for_one_thing() {
    assert_eq!(repeated_names(&HOUSE, REPEATED_NAMES), NONE);
}

/// What each rule says of a made-up crate.
fn tree(files: &[(&str, &str)]) -> Tree {
    Tree::new(files.iter().copied())
}

#[test]
fn a_wrong_arrow_is_found_wherever_the_name_stands() {
    for (path, text, expected) in [
        ("api/rows.rs", "use crate::{http::Request, svc::{self, Kernel}};", "api/rows.rs imports svc"),
        ("svc/model.rs", "fn f() { let x: Vec<crate::api::Row> = g(); }", "svc/model.rs imports api"),
        ("http/mod.rs", "pub use super::svc::Model as M;", "http/mod.rs imports svc"),
        ("main.rs", "fn main() { svcd::http::run() }", "main.rs imports http"),
        ("kitchen/mod.rs", "", "kitchen/mod.rs is in a room that is on no map"),
    ] {
        assert_eq!(wrong_arrows(&tree(&[(path, text)])), [expected]);
    }
    let allowed = [
        ("main.rs", "fn main() { svcd::cli::run() }"),
        ("lib.rs", "pub mod api; #[cfg(test)] mod made_up;"),
        (
            "api/rows.rs",
            "// crate::svc\nuse std::svc; const S: &str = \"crate::svc\"; #[cfg(test)] mod tests { use crate::svc::A; }",
        ),
        (
            "api/answers.rs",
            "use crate::pipeline::Model; use crate::http; use super::rows; fn f(c: char) -> bool { c == '\"' }",
        ),
    ];
    assert_eq!(wrong_arrows(&tree(&allowed)), NONE);
}

/// The shortest circle of the room `a`.
fn circle(files: &[(&str, &str)]) -> String {
    circles(&tree(files), ["a"]).concat()
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let two = "a/x.rs -> a/y.rs -> a/x.rs";
    for (x, y) in [
        ("use super::y::Y; struct X;", "use super::x::X; struct Y;"),
        ("use crate::a::{b, y::{self, Y}}; struct X;", "fn f() -> super::x::X {} struct Y;"),
        ("use super::y; fn x() { y::y() }", "use svcd::a::x::*; fn y() { x() }"),
        ("pub(crate) use super::y::Y; fn x(y: &Y) {}", "use self::super::x; fn y() { x::x() } struct Y;"),
        ("struct X(super::y::Y);", "use super::x::{X as Other}; struct Y;"),
    ] {
        assert_eq!(circle(&[("a/mod.rs", "mod x; mod y;"), ("a/x.rs", x), ("a/y.rs", y)]), two, "{x}");
    }
}

#[test]
fn a_re_export_leads_to_the_file_that_declares_the_name() {
    let door = "mod x; mod y; pub use x::X; pub use self::y::{Y as Why, *};";
    let files = |x, y| [("a/mod.rs", door), ("a/x.rs", x), ("a/y.rs", y)];
    assert_eq!(circle(&files("use super::Why; struct X;", "use super::X; struct Y;")), "a/x.rs -> a/y.rs -> a/x.rs");
    assert_eq!(circle(&files("use super::Z; struct X;", "use crate::a::X; enum Z {}")), "a/x.rs -> a/y.rs -> a/x.rs");
    // Through a re-export nobody comes to the door plate itself.
    assert_eq!(circle(&files("struct X;", "use super::X; struct Y;")), "");
}

#[test]
fn a_parent_that_calls_its_child_may_not_lend_it_names() {
    let circle = |door| circle(&[("a/mod.rs", door), ("a/x.rs", "use super::Error; fn x() -> Error {} struct X;")]);
    assert_eq!(circle("mod x; struct Error;"), "");
    assert_eq!(circle("mod x; pub use x::X; struct Error; enum E { X, Y(u8) }"), "");
    let found = "a/mod.rs -> a/x.rs -> a/mod.rs";
    assert_eq!(circle("mod x; use x::X; struct Error;"), found);
    assert_eq!(circle("mod x; struct Error(x::X);"), found);
    assert_eq!(circle("mod x; pub use x::X; struct Error(X);"), found);
}

#[test]
fn the_shortest_circle_is_named_and_tests_make_none() {
    let door = "mod w; mod x; mod y; mod z;";
    let z = "use super::{w::W, y::Y}; struct Z;";
    let files = [
        ("a/mod.rs", door),
        ("a/w.rs", "use super::x::X; struct W;"),
        ("a/x.rs", "use super::y::Y; struct X;"),
        ("a/y.rs", "use super::z::Z; struct Y;"),
        ("a/z.rs", z),
    ];
    assert_eq!(circle(&files), "a/y.rs -> a/z.rs -> a/y.rs");
    let long = files.map(|(path, text)| (path, if text == z { "use super::w::W; struct Z;" } else { text }));
    assert_eq!(circle(&long), "a/w.rs -> a/x.rs -> a/y.rs -> a/z.rs -> a/w.rs");
    // Another room's files are not this room's matter.
    assert_eq!(circles(&tree(&files), ["b"]), NONE);
    let tested =
        "struct Y; #[cfg(test)] mod tests; #[cfg(test)] #[path = \"p.rs\"] mod more { use super::super::x::X; }";
    let files = [
        ("a/x.rs", "use super::y::Y; struct X;"),
        ("a/y.rs", tested),
        ("a/y/tests.rs", "use crate::a::x::X;"),
        ("a/y/tests/deep.rs", "use crate::a::x::X;"),
    ];
    assert_eq!(circle(&files), "");
}

#[test]
fn what_is_too_long_is_found_and_tests_are_not_counted() {
    let lines = |count: usize| "    f();\n".repeat(count);
    let function = |count| format!("fn long(a: [u8; 3]) -> u8 {{\n{}}}\n", lines(count));
    assert_eq!(too_long(&tree(&[("a.rs", &function(FUNCTION_LINES_MAX - 2))])), NONE);
    assert_eq!(too_long(&tree(&[("a.rs", &function(FUNCTION_LINES_MAX - 1))])), ["a.rs: `long` has 71 lines"]);
    let comments = "//! c\n".repeat(FILE_LINES_MAX);
    let tests = format!("{comments}#[cfg(test)]\nmod tests {{\n{}}}\n", function(200));
    assert_eq!(too_long(&tree(&[("a.rs", &tests)])), NONE);
    let long = format!("{comments}\n");
    assert_eq!(too_long(&tree(&[("a.rs", &long)])), ["a.rs has 401 lines without tests"]);
}

#[test]
fn a_name_of_two_things_is_found_unless_it_belongs_to_an_impl() {
    let names = |files: &[(&str, &str)]| repeated_names(&tree(files), REPEATED_NAMES);
    let twice = ["`A` in x.rs, y.rs"];
    for (x, y) in [
        ("struct A;", "enum A {}"),
        ("pub trait A {}", "type A = u8;"),
        ("fn f(g: impl Fn()) { struct A; }", "impl B { fn f() {} } pub(crate) struct A<'a>(&'a str);"),
        ("impl B { const C: u8 = 1; } type A = u8;", "fn f() -> impl B { type A = u8; }"),
    ] {
        assert_eq!(names(&[("x.rs", x), ("y.rs", y)]), twice, "{x}");
    }
    assert_eq!(names(&[("x.rs", "struct A; fn f() { struct A; }")]), ["`A` in x.rs, x.rs"]);
    let x = "enum Error {} trait T { type A; } impl T for B { type A = u8; fn f() { loop {} } }";
    let y = "pub struct Error; unsafe impl T for C { type A = u8; } #[cfg(test)] struct B; struct A;";
    assert_eq!(names(&[("x.rs", x), ("y.rs", y), ("z.rs", "struct B;")]), NONE);
}
