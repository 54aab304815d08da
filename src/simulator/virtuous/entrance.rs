//! How a call goes through Virtuous: faults, key, hourly limit, route, count.

use super::{
    VirtuousSimulator, answer, api,
    call::{Call, percent_decoded},
    meter::Window,
    organisation::Organisation,
};
use crate::{
    domain::Timestamp,
    simulator::wire::{SimRequest, SimResponse},
    transport::{Method, Response},
};

impl VirtuousSimulator {
    /// Answers one call; `path` begins with `/api`.
    pub fn handle(&mut self, request: &SimRequest, now: Timestamp) -> SimResponse {
        let drawn = self.faults.draw(request);
        let at = request.bearer().and_then(|key| self.by_key.get(key).copied());
        let Some(organisation) = at.and_then(|at| self.organisations.get_mut(at)) else {
            return drawn.around(|| wired(answer::unauthorized()));
        };
        organisation.tick(now);
        let mut handled = false;
        let mut answer = drawn.around(|| {
            handled = true;
            wired(organisation.handle(request, now))
        });
        if !handled {
            // The limit's headers are on every answer, refusals included (section 2).
            limit_headers(&mut answer.response, organisation.meter.window(&organisation.switches, now));
        }
        answer
    }
}

fn wired(response: Response) -> SimResponse {
    SimResponse { response, ..SimResponse::empty(200) }
}

impl Organisation {
    fn handle(&mut self, request: &SimRequest, now: Timestamp) -> Response {
        let mut parts = request.path.trim_start_matches('/').split('/');
        let rooted = parts.next() == Some("api");
        let segments: Vec<String> = parts.map(percent_decoded).collect();
        let route = if rooted { api::find(request.method, &segments) } else { None };
        let pattern = route.map_or("(unknown)", |route| route.pattern);
        self.meter.count(request.method, pattern);
        let window = self.meter.take(&self.switches, now);
        let response = if window.allowed {
            let call = Call { request, segments, now };
            match route {
                Some(route) => (route.run)(self, &call).unwrap_or_else(|refusal| refusal),
                None => answer::not_found(),
            }
        } else {
            let mut refusal = answer::coded(429, "RATE_LIMITED", "The hourly limit is used up.");
            refusal.headers.push(("retry-after".to_owned(), window.retry_after.to_string()));
            refusal
        };
        // An unknown route that is no read might have meant to change something: tests want to see it.
        let write = route.map_or(request.method != Method::Get, |route| route.write);
        if write {
            self.meter.wrote(now, request, response.status);
        }
        let mut response = self.distorted(response, !write);
        limit_headers(&mut response, window);
        response
    }
}

fn limit_headers(response: &mut Response, window: Window) {
    let mut header = |name: &str, value: String| response.headers.push((name.to_owned(), value));
    header("x-ratelimit-limit", window.limit.to_string());
    header("x-ratelimit-remaining", window.remaining.to_string());
    header("x-ratelimit-reset", window.reset.to_string());
}
