// Makes pages live. Everything can be read and done without it.
"use strict";
(() => {
  // Tells times from now again each minute.
  const lasting = (secs) => {
    const two = (more, unit, less, part) => (less ? `${more} ${unit} ${less} ${part}` : `${more} ${unit}`);
    const minutes = Math.floor(secs / 60), hours = Math.floor(secs / 3600), days = Math.floor(secs / 86400);
    if (secs < 60) return `${secs} s`;
    if (secs < 3600) return `${minutes} min`;
    if (secs < 86400) return two(hours, "h", minutes % 60, "min");
    if (secs < 864000) return two(days, days === 1 ? "day" : "days", hours % 24, "h");
    return `${days} days`;
  };
  // The clock is the service's: this machine's may differ.
  const ahead = Date.parse(document.documentElement.dataset.now) - Date.now();
  const tell = () => {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const secs = Math.round((Date.now() + ahead - Date.parse(time.dateTime)) / 1000);
      if (Number.isNaN(secs)) continue;
      time.textContent = secs < 0 ? `in ${lasting(-secs)}` : secs < 5 ? "just now" : `${lasting(secs)} ago`;
    }
  };
  setInterval(tell, 30000);

  // Asks for the page again when the service says that something changed, and takes over the marked parts.
  const live = document.querySelector("[data-live]");
  if (!live || !window.EventSource) return;
  const base = document.querySelector("link[rel=stylesheet]").getAttribute("href").replace(/page\.css$/, "");
  const of = document.documentElement.dataset.customer;
  // Whether the service says that this page is not for this visitor any more.
  let ended = false;
  const renew = async () => {
    if (document.hidden || ended) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html", "X-Tandem-Live": "1" } }).catch(() => null);
    ended = Boolean(answer) && (answer.redirected || [401, 403, 404].includes(answer.status));
    if (!answer || !answer.ok || ended) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
      // What a visitor reads, fills in or has opened stays as it is.
      const isInUse = part.contains(document.activeElement) || part.querySelector("details[open], dialog[open]");
      if (!next || isInUse || next.innerHTML === part.innerHTML) continue;
      part.replaceChildren(...next.childNodes);
      part.classList.add("fresh");
      setTimeout(() => part.classList.remove("fresh"), 1500);
    }
  };
  // A stream holds one of the few connections of a browser: a page that nobody sees has none. After a stream what was missed is read;
  // where the service has no place for one, the page reads itself again each half minute.
  let source = null, again = 0, first = true;
  const close = () => {
    clearTimeout(again);
    if (source) source.close();
    source = null;
  };
  const open = () => {
    close();
    if (document.hidden || ended) return;
    source = new EventSource(`${base}events${of ? `?customer=${encodeURIComponent(of)}` : ""}`);
    source.addEventListener("open", () => {
      if (!first) renew();
      first = false;
    });
    source.addEventListener("changed", renew);
    source.addEventListener("error", () => {
      const refused = source && source.readyState === EventSource.CLOSED;
      close();
      first = false;
      if (refused) renew();
      again = setTimeout(open, refused ? 30000 : 2000 + Math.random() * 8000);
    });
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  open();
})();
