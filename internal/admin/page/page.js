// Updates the page without a reload. The server renders it; this script takes over what
// has changed, element by element, so that the focus and open details stay.
"use strict";
(() => {
  const every = 1000;
  const pulse = document.getElementById("pulse");
  const answer = document.getElementById("answer");
  const form = document.getElementById("control");

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

  function take(doc) {
    document.title = doc.title;
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = doc.getElementById(part.id);
      if (next && !part.isEqualNode(next)) morph(part, next);
    }
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
  document.addEventListener("visibilitychange", () => { if (!document.hidden && timer !== -1) tick(); });
  tick();

  // Sends the form without leaving the page, so that the token and what was typed stay.
  if (form) form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const by = event.submitter;
    if (by && by.dataset.ask && !confirm(by.dataset.ask)) return say(answer, "Not done: you have not agreed.", false);
    const to = (by && by.getAttribute("formaction")) || form.getAttribute("action");
    try {
      const r = await fetch(to, { method: "POST", body: new URLSearchParams(new FormData(form, by)), headers: { Accept: "application/json" } });
      const said = await r.json();
      say(answer, said.message || "Not done: " + said.error + ".", !r.ok);
      if (r.ok && to === "/control/set") for (const id of ["rate", "workers"]) document.getElementById(id).value = "";
      if (r.status === 401) document.getElementById("token").focus();
    } catch {
      say(answer, "It is not known whether it was done: cleaner does not answer.", true);
    }
    if (timer !== -1) tick();
  });
})();
