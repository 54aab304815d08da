//! A question without its type: found by a route or a command, asked, answered, shown.

use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

use super::{
    OperatorContext, OperatorError, Outcome, Question, action,
    context::LocalAnswer,
    permit::{Wanted, permit},
};
use crate::{auth::Scope, transport::Method};

/// A question of the list.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Its name in the API's description.
    pub name: &'static str,
    /// [`Question::METHOD`].
    pub method: Method,
    /// [`Question::PATH`].
    pub path: &'static str,
    /// [`Question::COMMAND`].
    pub command: &'static str,
    /// [`Question::SUMMARY`].
    pub summary: &'static str,
    /// [`Question::NUDGES`].
    pub nudges: bool,
    /// [`Question::SCOPE`].
    pub scope: Scope,
    /// [`Question::IS_FILTERED`].
    pub is_filtered: bool,
    /// [`Question::TAKES_LONG`].
    pub takes_long: bool,
    request: fn() -> Schema,
    view: fn(&mut SchemaGenerator) -> Schema,
    check: fn(&Map<String, Value>) -> Result<(), OperatorError>,
    answer: for<'a> fn(&'a OperatorContext, &'a Map<String, Value>) -> LocalAnswer<'a, Value>,
    shown: fn(&Value) -> Option<(String, Outcome)>,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Operation({})", self.name)
    }
}

/// A parameter of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name in path, query and command.
    pub name: String,
    /// What it means.
    pub description: String,
    /// Whether the question cannot be asked without it.
    pub required: bool,
    /// Its schema.
    pub schema: Value,
}

impl Parameter {
    /// Whether its value is a path, which a command counts from the current folder.
    #[must_use]
    pub fn is_path(&self) -> bool {
        self.schema["format"] == "path"
    }

    /// Whether its value is a whole number.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.schema["type"] == "integer"
    }

    /// Whether it is given or not, without a value.
    #[must_use]
    pub fn is_flag(&self) -> bool {
        self.schema["type"] == "boolean"
    }

    /// Whether it may be given several times.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.schema["type"] == "array"
    }

    /// The words that it may be, if it is one of a few.
    #[must_use]
    pub fn values(&self) -> Vec<String> {
        let values = self.schema["enum"].as_array().into_iter().flatten();
        values.filter_map(|value| value.as_str().map(str::to_owned)).collect()
    }

    /// The value that a text of path, query or command line stands for.
    fn value(&self, text: &str) -> Result<Value, OperatorError> {
        if self.is_flag() {
            let flag = text.parse::<bool>().map(Value::from);
            return flag.map_err(|_| {
                OperatorError::Malformed(format!("{} is true or false, which \"{text}\" is not", self.name))
            });
        }
        if !self.is_number() {
            return Ok(Value::String(text.to_owned()));
        }
        let number = text.parse::<i64>();
        number.map(Value::from).map_err(|_| {
            OperatorError::Malformed(format!("{} is a whole number, which \"{text}\" is not", self.name))
        })
    }
}

/// A question with its parameters.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which question.
    pub operation: &'static Operation,
    parameters: Map<String, Value>,
}

impl Operation {
    /// The entry of a question.
    #[must_use]
    pub const fn of<Q: Question>(name: &'static str) -> Self {
        Self {
            name,
            method: Q::METHOD,
            path: Q::PATH,
            command: Q::COMMAND,
            summary: Q::SUMMARY,
            nudges: Q::NUDGES,
            scope: Q::SCOPE,
            is_filtered: Q::IS_FILTERED,
            takes_long: Q::TAKES_LONG,
            request: request::<Q>,
            view: view::<Q>,
            check: check::<Q>,
            answer: answer::<Q>,
            shown: shown::<Q>,
        }
    }

    /// The parameters of a path below `/api/v1`, if it is one of this question's.
    #[must_use]
    pub fn match_path(&self, path: &str) -> Option<Vec<(String, String)>> {
        let (mut wanted, mut found) = (self.path[1..].split('/'), path.trim_matches('/').split('/'));
        let mut parameters = Vec::new();
        loop {
            match (wanted.next(), found.next()) {
                (None, None) => return Some(parameters),
                (Some(wanted), Some(found)) => match placeholder(wanted) {
                    Some(name) => parameters.push((name.to_owned(), found.to_owned())),
                    None if wanted == found => {}
                    None => return None,
                },
                _ => return None,
            }
        }
    }

    /// The parameters, in the order of the request's fields.
    #[must_use]
    pub fn parameters(&self) -> Vec<Parameter> {
        let schema = (self.request)().to_value();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let parameter = |(name, property): (&String, &Value)| {
            let mut schema = property.clone();
            let description = schema["description"].as_str().unwrap_or_default().to_owned();
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("description");
                schema.remove("default");
                // An absent parameter is left out, never null.
                if let Some(Value::Array(types)) = schema.get("type") {
                    let of_value = types.iter().find(|name| *name != "null").cloned().unwrap_or_default();
                    schema.insert("type".to_owned(), of_value);
                }
                if let Some(Value::Array(values)) = schema.get_mut("enum") {
                    values.retain(|value| !value.is_null());
                }
            }
            let required = required.iter().any(|wanted| wanted == name);
            Parameter { name: name.clone(), description, required, schema }
        };
        schema["properties"].as_object().into_iter().flatten().map(parameter).collect()
    }

    /// The schema of the answer; what it refers to is left with the generator.
    #[must_use]
    pub fn view(&self, generator: &mut SchemaGenerator) -> Schema {
        (self.view)(generator)
    }

    /// The schema of the answer, whole.
    #[must_use]
    pub fn answer_schema(&self) -> Value {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let mut generator = settings.into_generator();
        let mut schema = self.view(&mut generator).to_value();
        schema["$defs"] = Value::Object(generator.take_definitions(true));
        schema
    }

    /// Puts the question.
    ///
    /// # Errors
    /// [`OperatorError::Malformed`], naming the parameter.
    pub fn ask(&'static self, texts: &[(String, String)]) -> Result<Asked, OperatorError> {
        let known = self.parameters();
        let mut parameters = Map::new();
        for (name, text) in texts {
            let Some(parameter) = known.iter().find(|parameter| parameter.name == *name) else {
                return Err(OperatorError::Malformed(format!("`{}` takes no {name}", self.command)));
            };
            let value = parameter.value(text)?;
            if parameter.is_list() {
                let list = parameters.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
                list.as_array_mut().into_iter().for_each(|list| list.push(value.clone()));
                continue;
            }
            if parameters.insert(name.clone(), value).is_some() {
                return Err(OperatorError::Malformed(format!("{name} is given more than once")));
            }
        }
        (self.check)(&parameters)?;
        Ok(Asked { operation: self, parameters })
    }

    /// The answer's text for people and what it means; `None` for an answer of another version of Tandem.
    #[must_use]
    pub fn shown(&self, answer: &Value) -> Option<(String, Outcome)> {
        (self.shown)(answer)
    }
}

impl Asked {
    /// Answers; an action is kept with its outcome, for `tandem audit`.
    ///
    /// # Errors
    /// [`OperatorError`].
    pub async fn answer(&self, context: &OperatorContext) -> Result<Value, OperatorError> {
        let Operation { command, scope, is_filtered, .. } = *self.operation;
        let wanted = Wanted { command, scope, is_filtered, customer: self.customer() };
        let answer = match permit(wanted, &context.caller) {
            Ok(()) => (self.operation.answer)(context, &self.parameters).await,
            Err(refused) => Err(refused),
        };
        // A check changes nothing of anybody's, and monitors run it every minute.
        if self.operation.method != Method::Get && command != "check" {
            let outcome = answer.as_ref().map(drop);
            action::keep(context, (self.customer(), self.in_words()), outcome).await?;
        }
        answer
    }

    /// The same question with another value of a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.parameters.insert(name.to_owned(), value);
        self
    }

    /// Whether a parameter is given.
    #[must_use]
    pub fn gives(&self, name: &str) -> bool {
        self.parameters.contains_key(name)
    }

    /// The question's words and parameters, without the customer and without personal data.
    #[must_use]
    pub fn in_words(&self) -> String {
        let words = self.operation.command.split(' ').filter(|word| placeholder(word).is_none());
        let known =
            self.parameters.iter().filter(|(name, _)| *name != "customer" || self.customer().is_none());
        let told = known.map(|(name, value)| match value {
            // It may be an address, or a whole token where its id was asked for.
            _ if name == "who" || name == "search" => format!("{name}=***"),
            Value::String(text) if text.contains('@') => format!("{name}=***"),
            Value::String(text) if name == "token" => {
                format!("{name}={}", crate::auth::api_token::id_of(text).unwrap_or("***"))
            }
            Value::String(text) => format!("{name}={text}"),
            other => format!("{name}={other}"),
        });
        words.map(str::to_owned).chain(told).collect::<Vec<_>>().join(" ")
    }

    /// The customer that the question is about, if it is about one.
    #[must_use]
    pub fn customer(&self) -> Option<&str> {
        self.parameters.get("customer")?.as_str()
    }

    /// The method, and the path with query below `/api/v1`.
    #[must_use]
    pub fn route(&self) -> (Method, String) {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut path = self.operation.path.to_owned();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.parameters {
            let place = format!("{{{name}}}");
            if path.contains(&place) {
                path = path.replace(&place, &text(value));
            } else if let Value::Array(values) = value {
                for value in values {
                    query.append_pair(name, &text(value));
                }
            } else {
                query.append_pair(name, &text(value));
            }
        }
        let query = query.finish();
        (self.operation.method, if query.is_empty() { path } else { format!("{path}?{query}") })
    }
}

/// The parameter's name, if this part of a path or a command stands for one.
#[must_use]
pub fn placeholder(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

fn request<Q: Question>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Q>()
}

fn view<Q: Question>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<Q::View>()
}

fn parse<Q: Question>(parameters: &Map<String, Value>) -> Result<Q, OperatorError> {
    serde_json::from_value(Value::Object(parameters.clone()))
        .map_err(|error| OperatorError::Malformed(format!("`{}`: {error}", Q::COMMAND)))
}

fn check<Q: Question>(parameters: &Map<String, Value>) -> Result<(), OperatorError> {
    parse::<Q>(parameters).map(drop)
}

fn answer<'a, Q: Question>(
    context: &'a OperatorContext,
    parameters: &'a Map<String, Value>,
) -> LocalAnswer<'a, Value> {
    Box::pin(async move {
        let view = parse::<Q>(parameters)?.answer(context).await?;
        serde_json::to_value(view)
            .map_err(|error| OperatorError::Failed(format!("the answer is no JSON: {error}")))
    })
}

fn shown<Q: Question>(answer: &Value) -> Option<(String, Outcome)> {
    let view = serde_json::from_value::<Q::View>(answer.clone()).ok()?;
    Some((view.to_string(), Q::outcome(&view)))
}
