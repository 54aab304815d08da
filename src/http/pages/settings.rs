//! `/customers/{id}/settings`: the settings in force as the customer's file would have them, each with where it comes from.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{customer, of_people, shell::Shell};
use crate::{
    config::{Shown, shown_customer},
    http::state::HttpState,
    operator::{OperatorContext, OperatorError},
};

/// A section of the file.
struct Section {
    /// Its head; empty above the first one.
    head: String,
    lines: Vec<Line>,
}

/// A line of the file, with what stands behind it.
struct Line {
    text: String,
    comment: String,
}

#[derive(Template)]
#[template(path = "settings.html", config = "src/http/pages/askama.toml")]
struct Page {
    shell: Shell,
    sections: Vec<Section>,
}

/// `GET /customers/{customer}/settings`
pub async fn page(
    request: HttpRequest,
    path: web::Path<String>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    of_people::answered((&request, &state), ("settings", "Settings"), async |context, shell| {
        page_of(context, &path, shell).await
    })
    .await
}

async fn page_of(context: &OperatorContext, id: &str, shell: Shell) -> Result<Page, OperatorError> {
    let view = customer::of(context, id).await?;
    let settings = context.settings_of(&view.id);
    let sees_all = context.caller.only.is_none();
    let mut sections = Vec::new();
    if let Some(settings) = settings {
        // A disk that hangs holds up no hook (B4).
        let file = settings.file.clone();
        let read = move || Ok::<_, OperatorError>(std::fs::read_to_string(file).unwrap_or_default());
        let text = context.deps.store.aside(read).await?;
        sections = in_sections(&shown_customer(settings, &text), sees_all);
    }
    Ok(Page { shell: shell.about(&view.id, &view.name), sections })
}

fn in_sections(shown: &[Shown], sees_all: bool) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for one in shown {
        let (head, key) = one.key.rsplit_once('.').map_or(("", one.key), |(head, key)| (head, key));
        let head = if head.is_empty() { String::new() } else { format!("[{head}]") };
        let line = line_of(key, one, sees_all);
        match sections.last_mut().filter(|section| section.head == head) {
            Some(section) => section.lines.push(line),
            None => sections.push(Section { head, lines: vec![line] }),
        }
    }
    sections
}

/// The line of a setting. A secret is only said to be set; where it is kept is no concern of callers for single customers.
fn line_of(key: &str, one: &Shown, sees_all: bool) -> Line {
    let from = if sees_all { &*one.from } else { one.from.split(',').next().unwrap_or_default() };
    let text = format!("{key} = {}", one.value);
    match (one.is_secret(), text.parse::<toml::Table>()) {
        (true, _) => Line { text: format!("# {key} is set"), comment: from.to_owned() },
        (false, Ok(_)) => Line { text, comment: from.to_owned() },
        (false, Err(_)) => Line { text: format!("# {key}: {}", one.value), comment: from.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{CustomerSettings, Environment};

    fn shown(text: &str, sees_all: bool) -> String {
        let environment = Environment::of(&[("HOPE_KEY", "v_s3cret")]);
        let settings = CustomerSettings::from_toml(text, Path::new("hope.toml"), &environment).unwrap();
        let sections = in_sections(&shown_customer(&settings, text), sees_all);
        let section = |section: &Section| {
            let lines = section.lines.iter().map(|line| format!("{}  # {}\n", line.text, line.comment));
            format!("{}\n{}", section.head, lines.collect::<String>())
        };
        sections.iter().map(section).collect()
    }

    #[test]
    fn settings_are_toml_with_where_each_comes_from_and_no_secret() {
        let text = "name = \"Hope\"\n[virtuous]\napi_key = \"env:HOPE_KEY\"\n[constant_contact]\npoll_every = \"15m\"\n";
        let all = shown(text, true);
        assert!(all.parse::<toml::Table>().is_ok(), "{all}");
        for line in [
            "name = \"Hope\"  # file\n",
            "[virtuous]\n",
            "# api_key is set  # file, as env:HOPE_KEY\n",
            "poll_every = \"15m\"  # file\n",
            "refresh_token = \"\"  # default\n",
        ] {
            assert!(all.contains(line), "{line}: {all}");
        }
        assert!(!all.contains("s3cret"), "{all}");
        let few = shown(text, false);
        assert!(few.contains("# api_key is set  # file\n") && !few.contains("HOPE_KEY"), "{few}");
    }
}
