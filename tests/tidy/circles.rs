//! No file imports itself again over other files.

use crate::{
    edges::{self, Edges},
    fault::Fault,
    tree::Tree,
};

/// A fault for each group of files that import each other.
pub fn check(tree: &Tree, edges: &Edges) -> Vec<Fault> {
    let circles = edges::circles(tree, edges);
    let fault = |circle| {
        let way = edges::shortest(tree, edges, circle);
        let files: Vec<&str> = circle.iter().map(|file| tree.files[*file].path.as_str()).collect();
        let rule = format!("{} files import each other: {}\n{way}", files.len(), files.join(", "));
        Fault::in_src(files[0], 1, rule, "move what both need into a file that imports neither")
    };
    circles.iter().map(fault).collect()
}
