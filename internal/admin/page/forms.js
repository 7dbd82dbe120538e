// Sends forms without leaving the page, so that the token and what was typed stay, and asks
// what the server wants to have asked.
"use strict";
addEventListener("submit", async (event) => {
  const form = event.target, by = event.submitter;
  if (form.method !== "post" || form.dataset.plain !== undefined || document.getElementById("agree")) return;
  if (by && by.dataset.download !== undefined) return;
  event.preventDefault();
  const answer = document.getElementById("answer"), token = document.getElementById("token");
  const to = (by && by.getAttribute("formaction")) || form.getAttribute("action");
  const body = new URLSearchParams(new FormData(form, by));
  if (token && !body.has("token")) body.set("token", token.value);
  const send = () => fetch(to, { method: "POST", body, headers: { Accept: "application/json" } });
  try {
    let r = await send();
    let said = await r.json();
    if (r.ok && said.ask) {
      if (!confirm(said.ask)) return live.say(answer, "Not done: you have not agreed.", false);
      body.set("agreed", "yes");
      body.set("asked", said.asked);
      r = await send();
      said = await r.json();
    }
    live.say(answer, said.message || "Not done: " + said.error + ".", !r.ok);
    if (r.ok && to === "/control/set") for (const id of ["rate", "workers"]) document.getElementById(id).value = "";
    if (r.status === 401 && token) token.focus();
    const row = by && by.closest("tr");
    if (r.ok && !live.every && row) row.classList.add("done");
  } catch {
    live.say(answer, "It is not known whether it was done: cleaner does not answer.", true);
  }
  answer.scrollIntoView({ block: "nearest" });
  live.soon();
});
