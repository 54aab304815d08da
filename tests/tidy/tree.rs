//! The files and modules of a source tree, and what each name in them stands for.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    path::Path,
};

use crate::{
    items::{self, Code, Import, Item, ItemKind},
    lexer::{self, Kind, Source},
};

/// A file.
#[derive(Debug)]
pub struct File {
    /// Its path under `src`, with `/`.
    pub path: String,
    /// Its contents.
    pub source: Source,
    /// Whether only tests are built with it.
    pub test: bool,
    /// Whether a module or root of a crate is in it.
    pub reached: bool,
    /// Whether it does more than declare modules and imports.
    pub defines: bool,
}

/// What a name of a module stands for.
#[derive(Debug, Clone)]
pub enum Name {
    /// Another module.
    Module(usize),
    /// Something that is defined here.
    Item,
    /// Something from elsewhere.
    Import(Import),
}

/// A module.
#[derive(Debug)]
pub struct Module {
    /// The file that it is in.
    pub file: usize,
    /// The module above; none for the root of a crate.
    pub parent: Option<usize>,
    /// Whether only tests are built with it.
    pub test: bool,
    /// All names.
    pub names: HashMap<String, Vec<Name>>,
    /// Names that a macro's call may have defined.
    pub perhaps: BTreeSet<String>,
    /// What its code names.
    pub code: Code,
}

/// A source tree.
#[derive(Debug, Default)]
pub struct Tree {
    /// All files, by path.
    pub files: Vec<File>,
    /// All modules that are reached from `lib.rs` and `main.rs`.
    pub modules: Vec<Module>,
    /// The root of the library.
    pub library: Option<usize>,
    by_path: BTreeMap<String, usize>,
}

impl Tree {
    /// Reads what is under this folder.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    pub fn load(root: &Path) -> Self {
        let mut texts = BTreeMap::new();
        gather(root, "", &mut texts);
        Self::of(texts)
    }

    /// The tree of these files: path under `src`, and text.
    pub fn of(texts: BTreeMap<String, String>) -> Self {
        let mut tree = Self::default();
        for (path, text) in texts {
            tree.by_path.insert(path.clone(), tree.files.len());
            let source = lexer::read(&text);
            let test = is_test_name(&path);
            tree.files.push(File { path, source, test, reached: false, defines: false });
        }
        let file = |path: &str, tree: &Self| tree.by_path.get(path).copied();
        tree.library = file("lib.rs", &tree).map(|file| tree.add_file(file, None, false));
        if let Some(main) = file("main.rs", &tree) {
            tree.add_file(main, None, false);
        }
        tree
    }

    /// The module that is a whole file.
    fn add_file(&mut self, file: usize, parent: Option<usize>, test: bool) -> usize {
        let entry = &mut self.files[file];
        entry.reached = true;
        entry.test |= test;
        let (whole, test) = (0..entry.source.tokens.len(), entry.test);
        let items = items::items(&entry.source.tokens, whole.clone());
        entry.defines = items.iter().any(|item| !declares(item));
        let path = entry.path.clone();
        let (folder, stem) = path.rsplit_once('/').unwrap_or(("", &path));
        let stem = stem.trim_end_matches(".rs");
        let below = match stem {
            "mod" | "lib" | "main" => folder.to_owned(),
            _ => join(folder, stem),
        };
        self.add(&Place { file, parent, test, below, folder: folder.to_owned(), inline: false }, items, whole)
    }

    /// A module and those in it.
    fn add(&mut self, place: &Place, items: Vec<Item>, range: Range<usize>) -> usize {
        let number = self.modules.len();
        let tokens = &self.files[place.file].source.tokens;
        let code = if place.test { Code::default() } else { items::code(tokens, range) };
        let mut perhaps = BTreeSet::new();
        for call in items.iter().filter(|item| [ItemKind::Call, ItemKind::Macro].contains(&item.kind)) {
            let words = tokens[call.tokens.clone()].iter().filter(|token| token.kind == Kind::Word);
            perhaps.extend(words.map(|token| token.text.clone()));
        }
        let mut names: HashMap<String, Vec<Name>> = HashMap::new();
        for import in &code.imports {
            let name = import.name.clone().unwrap_or_default();
            names.entry(name).or_default().push(Name::Import(import.clone()));
        }
        for item in items.iter().filter(|item| [ItemKind::Definition, ItemKind::Macro].contains(&item.kind)) {
            names.entry(item.name.clone()).or_default().push(Name::Item);
        }
        let (file, parent, test) = (place.file, place.parent, place.test);
        self.modules.push(Module { file, parent, test, names, perhaps, code });
        let generated = self.generated(place, &items);
        for item in items.into_iter().filter(|item| item.kind == ItemKind::Mod).chain(generated) {
            if let Some(child) = self.add_child(place, number, &item) {
                self.modules[number].names.entry(item.name).or_default().push(Name::Module(child));
            }
        }
        number
    }

    /// The modules that a macro of this module declares (`mod $name;`): the names in its calls that have a file.
    fn generated(&self, place: &Place, items: &[Item]) -> Vec<Item> {
        let tokens = &self.files[place.file].source.tokens;
        let declares = |item: &Item| {
            let pairs = tokens[item.tokens.clone()].windows(2);
            item.kind == ItemKind::Macro
                && pairs.into_iter().any(|pair| pair[0].is_word("mod") && pair[1].is("$"))
        };
        if !items.iter().any(declares) {
            return Vec::new();
        }
        let mut generated = Vec::new();
        for call in items.iter().filter(|item| item.kind == ItemKind::Call) {
            for token in tokens[call.tokens.clone()].iter().filter(|token| token.kind == Kind::Word) {
                if candidates(&place.below, &token.text).iter().any(|path| self.by_path.contains_key(path)) {
                    let name = token.text.clone();
                    generated.push(Item {
                        kind: ItemKind::Mod,
                        name,
                        path: None,
                        body: None,
                        ..call.clone()
                    });
                }
            }
        }
        generated
    }

    /// A module that another one declares; none if its file is not there.
    fn add_child(&mut self, place: &Place, parent: usize, item: &Item) -> Option<usize> {
        let test = place.test || item.test;
        if let Some(body) = item.body.clone() {
            let items = items::items(&self.files[place.file].source.tokens, body.clone());
            let (file, folder) = (place.file, place.folder.clone());
            let below = join(&place.below, &item.name);
            let inner = Place { file, parent: Some(parent), test, below, folder, inline: true };
            return Some(self.add(&inner, items, body));
        }
        let candidates = match &item.path {
            Some(path) => vec![join(if place.inline { &place.below } else { &place.folder }, path)],
            None => candidates(&place.below, &item.name),
        };
        let file = candidates.iter().find_map(|path| self.by_path.get(path).copied())?;
        Some(self.add_file(file, Some(parent), test))
    }

    /// The root of the crate that a module is in.
    pub fn root(&self, mut module: usize) -> usize {
        while let Some(parent) = self.modules[module].parent {
            module = parent;
        }
        module
    }

    /// The room that a file is in: its first folder, or its own name.
    pub fn room(&self, file: usize) -> &str {
        let path = &self.files[file].path;
        path.split_once('/').map_or(path.trim_end_matches(".rs"), |(folder, _)| folder)
    }
}

/// Where a module is.
struct Place {
    file: usize,
    parent: Option<usize>,
    test: bool,
    /// The folder of its children.
    below: String,
    /// The folder of its file.
    folder: String,
    inline: bool,
}

/// Whether an item only says what there is.
pub fn declares(item: &Item) -> bool {
    match item.kind {
        ItemKind::Use => true,
        ItemKind::Mod => item.body.is_none() || item.test,
        _ => item.test,
    }
}

/// Where the file of a module may be.
fn candidates(folder: &str, name: &str) -> Vec<String> {
    let path = join(folder, name);
    vec![format!("{path}.rs"), format!("{path}/mod.rs")]
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn is_test_name(path: &str) -> bool {
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rs");
    stem == "tests"
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
        || path.split('/').any(|part| part == "tests")
}

fn gather(folder: &Path, prefix: &str, texts: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        let path = join(prefix, entry.file_name().unwrap().to_str().unwrap());
        if entry.is_dir() {
            gather(&entry, &path, texts);
        } else if path.ends_with(".rs") {
            texts.insert(path, std::fs::read_to_string(&entry).unwrap());
        }
    }
}
