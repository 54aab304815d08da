//! `POST /customers/{id}/do`: what a button of a page does. First a page says what will be done, and to whom; sent from there, it is done.
//!
//! Every action is a question of the list, so that scope, customer and record of actions are those of commands and API.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{
    chosen::{self, Chosen},
    customer, door,
    form::{Fields, field},
    prose::Prose,
    refused,
    shell::{Shell, shown},
    words::Count,
};
use crate::{
    http::{admin, state::HttpState},
    operator::{Operation, OperatorContext, OperatorError, shown::customer::CustomerView},
};

/// People of a page that are named.
const NAMED: usize = 60;

#[derive(Template)]
#[template(path = "act.html", config = "src/http/pages/askama.toml")]
struct Preview {
    shell: Shell,
    customer: CustomerView,
    chosen: Chosen,
    people: Count,
    more: Count,
    /// Whether it is about other people than the page before said.
    has_changed: bool,
    fields: Fields,
}

#[derive(Template)]
#[template(path = "done.html", config = "src/http/pages/askama.toml")]
struct Done {
    shell: Shell,
    customer: CustomerView,
    done: Count,
    texts: Vec<Prose>,
    refused: Vec<Prose>,
    more: Count,
    back: &'static str,
}

/// `POST /customers/{customer}/do`
pub async fn act(
    request: HttpRequest,
    path: web::Path<String>,
    form: web::Form<Fields>,
    state: web::Data<HttpState>,
) -> HttpResponse {
    let fields = form.into_inner();
    let signed_in = match state.acting(&request, Some(field(&fields, "csrf"))) {
        Ok(signed_in) => signed_in,
        Err(refused) => return door::not_acting(&refused, &path, ""),
    };
    let context = state.context(signed_in.caller);
    let shell = Shell::of(&request, &state, "", "Sure?");
    match answered(&context, &path, fields, (shell, &state)).await {
        Ok(page) => page,
        Err(error) => refused::of((&request, &state), &error),
    }
}

async fn answered(
    context: &OperatorContext,
    id: &str,
    fields: Fields,
    (shell, state): (Shell, &HttpState),
) -> Result<HttpResponse, OperatorError> {
    let customer = customer::of(context, id).await?;
    let chosen = chosen::of(context, &customer, &fields).await?;
    let shell = shell.about(&customer.id, &customer.name);
    let people = told_of(&chosen);
    let (is_sure, told) = (field(&fields, "sure"), field(&fields, "people"));
    let has_changed = is_sure == "yes" && told != people;
    if is_sure != "yes" || has_changed {
        let kept = |name: &str| !["csrf", "sure", "people"].contains(&name);
        let mut fields: Fields = fields.into_iter().filter(|(name, _)| kept(name)).collect();
        fields.push(("people".to_owned(), people));
        let (people, more) = counted(&chosen);
        return Ok(shown(
            StatusCode::OK,
            &Preview { shell, customer, people, more, has_changed, fields, chosen },
        ));
    }
    let page = perform(context, &chosen, state).await?;
    let shell = Shell { title: "Done".to_owned(), ..shell };
    let Performed { done, mut texts, mut refused } = page;
    let more = Count(refused.len().saturating_sub(NAMED) as u64);
    refused.truncate(NAMED);
    texts.dedup();
    texts.truncate(NAMED);
    let (texts, refused) = (prose(texts), prose(refused));
    Ok(shown(
        StatusCode::OK,
        &Done { shell, customer, done: Count(done), texts, refused, more, back: chosen.back },
    ))
}

/// What the page that asks was about: whose items, and what is done to them. Another person with the same question is another page.
fn told_of(chosen: &Chosen) -> String {
    let mut items: Vec<String> = chosen.items.iter().map(|item| format!("{:?}", item.parameters)).collect();
    items.sort_unstable();
    let all = format!("{}\n{}\n{}", chosen.path, chosen.does, items.join("\n"));
    format!("{}-{:016x}", items.len(), xxhash_rust::xxh3::xxh3_64(all.as_bytes()))
}

fn counted(chosen: &Chosen) -> (Count, Count) {
    (Count(chosen.items.len() as u64), Count(chosen.items.len().saturating_sub(NAMED) as u64))
}

fn prose(texts: Vec<String>) -> Vec<Prose> {
    texts.into_iter().map(Prose::of).collect()
}

/// What came of an action.
struct Performed {
    done: u64,
    texts: Vec<String>,
    refused: Vec<String>,
}

/// Asks the question for each item; what is refused for one person stops no other.
async fn perform(
    context: &OperatorContext,
    chosen: &Chosen,
    state: &HttpState,
) -> Result<Performed, OperatorError> {
    let (operation, in_path) = Operation::at("POST", &chosen.path)
        .ok_or_else(|| OperatorError::Unknown("there is no such action".to_owned()))?;
    let mut performed = Performed { done: 0, texts: Vec::new(), refused: Vec::new() };
    for item in &chosen.items {
        let mut parameters = in_path.clone();
        parameters.extend(item.parameters.iter().cloned());
        match admin::put(operation, &parameters, context, state).await {
            Ok(answer) => {
                performed.done += 1;
                performed.texts.extend(operation.shown(&answer).map(|(text, _)| text.trim().to_owned()));
            }
            Err(OperatorError::Forbidden(text)) => return Err(OperatorError::Forbidden(text)),
            Err(OperatorError::Failed(text)) => return Err(OperatorError::Failed(text)),
            Err(error) => performed.refused.push(error.to_string()),
        }
    }
    Ok(performed)
}

impl Preview {
    fn is_of_people(&self) -> bool {
        self.chosen.items.iter().any(|item| item.person.is_some())
    }

    fn named(&self) -> impl Iterator<Item = &str> {
        self.chosen.items.iter().filter_map(|item| item.person.as_deref()).take(NAMED)
    }
}
