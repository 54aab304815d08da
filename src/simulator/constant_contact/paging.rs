//! Cursors and links (reference 3.2): base64 of `limit=..&next=..&<filters>`, positions rather than snapshots.

use serde::{Serialize, ser::SerializeMap};

use super::{errors::ApiError, switches::Switches};
use crate::simulator::wire::SimRequest;

/// Where a page begins and how long it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) limit: usize,
    pub(super) offset: usize,
    /// The filters: those of the request on the first page, those in the cursor afterwards.
    pub(super) filters: Vec<(String, String)>,
}

impl Page {
    /// Reads `limit` and `cursor`. A cursor brings limit and filters along; what stands beside it is not looked at, but
    /// for `include` where the cursor does not carry it.
    pub(super) fn read(
        request: &SimRequest,
        default_limit: usize,
        limit_max: usize,
        switches: &Switches,
    ) -> Result<Self, ApiError> {
        let parse_limit = |text: &str| {
            text.parse::<usize>()
                .ok()
                .filter(|limit| (1..=limit_max).contains(limit))
                .ok_or_else(|| ApiError::validation("limit does not have a valid value"))
        };
        let Some(cursor) = request.query_value("cursor") else {
            let limit = request.query_value("limit").map_or(Ok(default_limit), parse_limit)?;
            let filters = request.query.iter().filter(|(name, _)| name != "limit").cloned().collect();
            return Ok(Self { limit, offset: 0, filters });
        };
        let invalid = || ApiError::validation("cursor does not have a valid value");
        let decoded = data_encoding::BASE64.decode(cursor.as_bytes()).map_err(|_| invalid())?;
        let mut filters: Vec<(String, String)> = url::form_urlencoded::parse(&decoded).into_owned().collect();
        let mut take = |name: &str| {
            let at = filters.iter().position(|(key, _)| key == name)?;
            Some(filters.remove(at).1)
        };
        let limit = parse_limit(&take("limit").ok_or_else(invalid)?)?;
        let next: usize = take("next").and_then(|next| next.parse().ok()).ok_or_else(invalid)?;
        let before = next.checked_sub(1).ok_or_else(invalid)?;
        let offset = if switches.cursor_counts_pages { before.saturating_mul(limit) } else { before };
        if let Some(include) = request.query_value("include")
            && !switches.cursor_carries_include
        {
            filters.push(("include".to_owned(), include.to_owned()));
        }
        Ok(Self { limit, offset, filters })
    }

    /// A filter's value.
    pub(super) fn filter(&self, name: &str) -> Option<&str> {
        self.filters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The link to the page after this one, relative to the host.
    pub(super) fn next_href(&self, path: &str, switches: &Switches) -> String {
        let end = self.offset + self.limit;
        let next = if switches.cursor_counts_pages { end / self.limit + 1 } else { end + 1 };
        let mut cursor = url::form_urlencoded::Serializer::new(String::new());
        cursor.append_pair("limit", &self.limit.to_string()).append_pair("next", &next.to_string());
        let carried = |name: &str| name != "include" || switches.cursor_carries_include;
        cursor.extend_pairs(self.filters.iter().filter(|(name, _)| carried(name)));
        format!("{path}?cursor={}", data_encoding::BASE64.encode(cursor.finish().as_bytes()))
    }

    /// The part of `rows` on this page, and its links.
    pub(super) fn cut<'a, T>(&self, rows: &'a [T], path: &str, switches: &Switches) -> (&'a [T], Links) {
        let from = self.offset.min(rows.len());
        let to = from.saturating_add(self.limit).min(rows.len());
        let more = to < rows.len();
        (&rows[from..to], Links::new(more.then(|| self.next_href(path, switches))))
    }
}

/// `_links`: empty on the last page, or with a null in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Links {
    next: Option<String>,
    null_at_end: bool,
}

#[derive(Serialize)]
struct Link<'a> {
    href: Option<&'a str>,
}

impl Links {
    pub(super) const fn new(next: Option<String>) -> Self {
        Self { next, null_at_end: false }
    }

    /// As reports end where the switch says so.
    pub(super) const fn of_report(mut self, switches: &Switches) -> Self {
        self.null_at_end = switches.reports_end_with_null;
        self
    }
}

impl Serialize for Links {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.next.is_some() || self.null_at_end {
            map.serialize_entry("next", &Link { href: self.next.as_deref() })?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Method;

    fn read(path: &str) -> Result<Page, ApiError> {
        Page::read(&SimRequest::new(Method::Get, path), 50, 500, &Switches::default())
    }

    #[test]
    fn the_cursor_is_that_of_the_real_fixture() {
        let page = read("/v3/contacts?limit=1").unwrap();
        let href = page.next_href("/v3/contacts", &Switches::default());
        assert_eq!(href, "/v3/contacts?cursor=bGltaXQ9MSZuZXh0PTI=");
        let second = read(&href).unwrap();
        assert_eq!((second.limit, second.offset), (1, 1));
        let page = read("/v3/contacts?limit=1&updated_after=2022-03-11T22%3A09%3A02%2B00%3A00").unwrap();
        let href = page.next_href("/v3/contacts", &Switches::default());
        let cursor = data_encoding::BASE64.decode(href.split_once('=').unwrap().1.as_bytes()).unwrap();
        assert_eq!(cursor, b"limit=1&next=2&updated_after=2022-03-11T22%3A09%3A02%2B00%3A00");
    }

    #[test]
    fn pages_may_be_counted_instead() {
        let switches =
            Switches { cursor_counts_pages: true, cursor_carries_include: false, ..Switches::default() };
        let request = SimRequest::new(Method::Get, "/v3/contacts?limit=20&include=notes");
        let first = Page::read(&request, 50, 500, &switches).unwrap();
        let href = first.next_href("/v3/contacts", &switches);
        let second = Page::read(&SimRequest::new(Method::Get, &href), 50, 500, &switches).unwrap();
        assert_eq!((second.offset, second.filter("include")), (20, None));
        let third = second.next_href("/v3/contacts", &switches);
        assert_eq!(Page::read(&SimRequest::new(Method::Get, &third), 50, 500, &switches).unwrap().offset, 40);
    }

    #[test]
    fn bad_limits_and_cursors_are_refused() {
        for bad in ["limit=0", "limit=501", "limit=x", "cursor=%25", "cursor=bGltaXQ9MQ=="] {
            assert!(matches!(read(&format!("/v3/contacts?{bad}")), Err(ApiError::Validation(_))), "{bad}");
        }
    }
}
