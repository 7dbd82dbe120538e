// Updates the page without a reload. The server renders it; this script takes over what
// has changed, element by element, so that the focus and open details stay.
"use strict";
const live = (() => {
  const every = Number(document.body.dataset.liveEvery || 0);
  const pulse = document.getElementById("pulse");

  const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");

  // morph makes from equal to to. It finds children by their id if they have one, so that
  // the focus does not move to another button.
  function morph(from, to) {
    if (from.nodeType !== Node.ELEMENT_NODE) {
      if (from.data !== to.data) from.data = to.data;
      return;
    }
    for (const a of [...from.attributes]) {
      if (!to.hasAttribute(a.name) && a.name !== "open") from.removeAttribute(a.name);
    }
    for (const a of to.attributes) {
      if (from.getAttribute(a.name) !== a.value) from.setAttribute(a.name, a.value);
    }
    let here = from.firstChild;
    for (const next of to.childNodes) {
      const match = next.id ? [...from.childNodes].find((n) => n.id === next.id) : here;
      if (!match || !alike(match, next)) {
        from.insertBefore(document.importNode(next, true), here);
        continue;
      }
      while (here && here !== match) here = drop(here);
      if (!match.isEqualNode(next)) morph(match, next);
      here = match.nextSibling;
    }
    while (here) here = drop(here);
  }

  function drop(node) {
    const next = node.nextSibling;
    node.remove();
    return next;
  }

  // take keeps the focus in the page when the button that had it makes no sense any more.
  function take(doc) {
    document.title = doc.title;
    const had = document.activeElement;
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = doc.getElementById(part.id);
      if (next && !part.isEqualNode(next)) morph(part, next);
    }
    if (had && had !== document.body && !had.isConnected) document.getElementById("main").focus({ preventScroll: true });
  }

  // say changes a text only when it differs, because changes are read aloud.
  function say(where, text, bad) {
    if (where.textContent !== text) where.textContent = text;
    where.classList.toggle("bad", bad);
  }

  async function refresh() {
    try {
      const r = await fetch("/", { headers: { Accept: "text/html" }, cache: "no-store", signal: AbortSignal.timeout(8000) });
      if (!(r.headers.get("Content-Type") || "").startsWith("text/html")) throw new Error(r.statusText);
      take(new DOMParser().parseFromString(await r.text(), "text/html"));
      say(pulse, "live", false);
    } catch {
      say(pulse, "– not updating: cleaner does not answer", true);
    }
  }

  let timer = 0;
  async function tick() {
    clearTimeout(timer);
    timer = -1;
    if (!document.hidden) await refresh();
    timer = setTimeout(tick, every);
  }
  const soon = () => { if (every && timer !== -1) tick(); };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
  if (every) tick();
  return { soon, say, every };
})();
