// The queue by keyboard. A decision takes the ticket off the page at once and is stored behind that, one request after
// the other; whatever is refused comes back with the reason. Without this script the forms of the page do the same.
"use strict";

(() => {
  const queue = document.getElementById("queue");
  if (!queue) return;

  const FEW = 5; // so many left, and more are fetched
  const AT_ONCE = 200; // reviews in one request
  const STEPS = 50; // that can be undone
  const RENEWED_EVERY = 3 * 60 * 1000;
  const OPTIONS = 8; // values that are offered while somebody types
  const RIGHT_FOR = { wrong_group: "assignment_group", wrong_type: "ticket_type" };

  const root = queue.dataset.root;
  const find = (id) => document.getElementById(id);
  const help = find("help"), rejectMenu = find("reject"), likeDialog = find("like");
  const said = find("said"), undoButton = find("undo"), bulk = find("bulk"), whyEmpty = find("why-empty");

  let current = null; // the ticket that keys are about
  let focusedTarget = ""; // and the question
  let lookedSince = performance.now(), isAway = false;
  const looked = new WeakMap(); // milliseconds by ticket
  let last = null; // the last decision, for those like it
  const steps = []; // that can be undone, the oldest first
  let chain = Promise.resolve(); // whatever is sent, in its order
  const sending = new Map(); // tickets whose decisions are not stored yet, and how many: for the service they still wait
  let until = queue.dataset.until;
  let isFetching = false, isExhausted = false;
  let nOwn = Number(find("n-own").textContent);
  const nOthers = Number(find("n-all").textContent) - nOwn;

  document.documentElement.classList.add("js");
  find("foot").hidden = false;
  find("ask-help").hidden = false;

  // What is on the page

  const tickets = () => [...queue.querySelectorAll("article.ticket")];
  const idOf = (ticket) => ticket.dataset.ticket;
  const questions = (ticket) => [...ticket.querySelectorAll("fieldset.question")].filter((each) => !each.hidden);
  const selected = () => tickets().filter((ticket) => ticket.querySelector(".select").checked);
  const count = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const tell = (text) => { said.textContent = text; };

  const questionOf = (ticket) =>
    questions(ticket).find((each) => each.dataset.target === focusedTarget) || questions(ticket)[0] || null;

  const chosen = (question) => {
    const typed = question.querySelector(".other input").value.trim();
    const marked = question.querySelector("input[type=radio]:checked");
    return typed || (marked ? marked.value : "");
  };

  const mark = (question, value) => {
    const radio = [...question.querySelectorAll("input[type=radio]")].find((each) => each.value === value);
    const other = question.querySelector(".other input");
    other.value = radio ? "" : value;
    if (radio) radio.checked = true;
    question.classList.toggle("typed", !radio && value !== "");
  };

  const showQuestion = (ticket) => {
    const asked = questionOf(ticket);
    for (const each of questions(ticket)) each.classList.toggle("asked", each === asked && questions(ticket).length > 1);
  };

  const stopLooking = () => {
    if (current && !isAway) looked.set(current, (looked.get(current) || 0) + performance.now() - lookedSince);
    lookedSince = performance.now();
  };

  const go = (ticket, { focus = true, scroll = true } = {}) => {
    if (ticket !== current) {
      stopLooking();
      if (current) current.classList.remove("current");
      current = ticket;
      focusedTarget = "";
    }
    if (!current) return;
    current.classList.add("current");
    showQuestion(current);
    if (focus) {
      current.focus({ preventScroll: true });
      if (scroll) current.scrollIntoView({ block: "nearest" });
    }
  };

  const neighbour = (ticket, gone) => {
    const all = tickets(), at = all.indexOf(ticket);
    return all.slice(at + 1).find((each) => !gone.has(each)) || all.slice(0, at).reverse().find((each) => !gone.has(each)) || null;
  };

  const showCounts = () => {
    const n = selected().length;
    bulk.hidden = n === 0;
    find("n-selected").textContent = `${n} selected`;
    undoButton.hidden = steps.length === 0;
    find("n-own").textContent = String(Math.max(nOwn, 0));
    find("n-all").textContent = String(Math.max(nOthers + nOwn, 0));
  };

  const countWaiting = (by) => {
    const shown = find("n-waiting");
    if (!shown.textContent.endsWith("+")) shown.textContent = String(Math.max(Number(shown.textContent) + by, 0));
  };

  const focusNothing = () => {
    current = null;
    const heading = document.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus();
  };

  // Asking the service

  const post = (path, body, key) =>
    fetch(root + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(key ? { "Idempotency-Key": key } : {}) },
      body: JSON.stringify(body),
      keepalive: true,
    });

  const problemOf = async (response) => {
    if (response.status === 401) return "You are signed out: load the page again.";
    const found = await response.json().catch(() => null);
    return (found && found.detail) || `The service answered ${response.status}.`;
  };

  const next = (work) => {
    chain = chain.then(work).catch(() => tell("The service could not be reached."));
    return chain;
  };

  // Deciding

  const secondsOf = (ticket) => {
    if (ticket === current) stopLooking();
    return (looked.get(ticket) || 0) / 1000;
  };

  const reviewOf = (ticket, question, verdict, value, reason) => ({
    ticket_id: idOf(ticket),
    target: question.dataset.target,
    verdict,
    ...(value ? { value } : {}),
    ...(reason ? { reason } : {}),
    ...(ticket.dataset.version ? { model_version: ticket.dataset.version } : {}),
    ...(question.dataset.replaces ? { replaces: Number(question.dataset.replaces) } : {}),
  });

  // What a value says of a question: accepted, corrected, or nothing where it has that value already.
  const saying = (ticket, question, value) => {
    if (value === question.dataset.standing) return { question, review: null };
    const verdict = value === question.dataset.suggested ? "accepted" : "corrected";
    return { question, review: reviewOf(ticket, question, verdict, value) };
  };

  // An item is a ticket with what is said of some of its questions. The ticket is null where it is not on the page.
  const decide = (items, message) => {
    const gone = new Set(), step = { items, ids: [] };
    const n = items.flatMap((item) => item.said).length;
    const seconds = items.reduce((sum, item) => sum + (item.ticket ? secondsOf(item.ticket) : item.seconds || 0), 0);
    const at = current;
    for (const item of items) {
      for (const one of item.said) if (one.review) one.review.seconds = Math.round((seconds / n) * 100) / 100;
      if (!item.ticket) continue;
      for (const one of item.said) one.question.hidden = true;
      item.ticket.querySelector(".select").checked = false;
      item.isGone = questions(item.ticket).length === 0;
      if (item.isGone) gone.add(item.ticket);
      else showQuestion(item.ticket);
    }
    const after = at && gone.has(at) ? neighbour(at, gone) : at;
    for (const ticket of gone) {
      // where it comes back to; the one before it may be gone as well
      ticket.cameAfter = ticket.closest("li").previousElementSibling;
      ticket.closest("li").remove();
    }
    const skips = items.some((item) => item.said.some((one) => one.review && one.review.verdict === "skipped"));
    step.nOwn = skips ? 0 : items.reduce((sum, item) => sum + item.said.filter((one) => one.review).length, 0);
    nOwn += step.nOwn;
    countWaiting(skips ? 0 : -gone.size);
    steps.push(step);
    if (steps.length > STEPS) steps.shift();
    if (after) go(after);
    else focusNothing();
    tell(message);
    showCounts();
    const ids = items.filter((item) => item.ticket).map((item) => idOf(item.ticket));
    for (const id of ids) sending.set(id, (sending.get(id) || 0) + 1);
    next(() => send(step)).then(() => {
      for (const id of ids) {
        if (sending.get(id) > 1) sending.set(id, sending.get(id) - 1);
        else sending.delete(id);
      }
    });
    fetchMore();
    return step;
  };

  const send = async (step) => {
    const all = step.items.flatMap((item) => item.said.filter((one) => one.review).map((one) => ({ item, one })));
    const refused = new Map();
    const notes = new Set();
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const part = all.slice(from, from + AT_ONCE);
      const key = `${Date.now()}-${Math.random()}`;
      let response = null, problem = "The service could not be reached.";
      for (let attempt = 0; attempt < 2 && !response; attempt += 1) {
        response = await post("/v1/reviews/batch", { reviews: part.map(({ one }) => one.review) }, key).catch(() => null);
      }
      if (response && !response.ok) {
        problem = await problemOf(response);
        response = null;
      }
      const results = response ? (await response.json()).results : part.map(() => ({ status: 0, detail: problem }));
      results.forEach((result, i) => {
        const { item, one } = part[i];
        if (result.status === undefined) {
          step.ids.push(result.id);
          if (result.note) notes.add(result.note);
        } else {
          if (!refused.has(item)) refused.set(item, []);
          refused.get(item).push({ one, result });
        }
      });
    }
    const skipped = step.items.filter((item) => item.ticket && item.said.some((one) => one.review && one.review.verdict === "skipped"));
    if (skipped.length) await post("/queue/release", { tickets: skipped.map((item) => idOf(item.ticket)) });
    if (notes.size) tell([...notes].join(" "));
    for (const [item, faults] of refused) await comeBack(step, item, faults);
  };

  // A refused decision: the ticket is shown again as it is now.
  const comeBack = async (step, item, faults) => {
    nOwn -= faults.length;
    step.nOwn -= faults.length;
    const detail = faults[0].result.detail;
    tell(`Not stored: ${detail}`);
    if (!item.ticket) return;
    const targets = faults.map(({ one }) => `target=${encodeURIComponent(one.question.dataset.target)}`).join("&");
    let card = null;
    if (faults[0].result.status) {
      const id = idOf(item.ticket).split("/").map(encodeURIComponent).join("/");
      const response = await fetch(`${root}/queue/cards/${id}?${targets}`).catch(() => null);
      if (response && response.ok) card = read(await response.text()).querySelector("li");
    }
    const old = item.ticket.closest("li");
    if (card) {
      const notice = document.createElement("p");
      notice.className = "notice refused";
      notice.textContent = `Your decision was not stored. ${detail}`;
      card.querySelector("header").after(notice);
      if (old.isConnected) {
        old.replaceWith(card);
        written(card);
        if (current === item.ticket) go(card.querySelector("article"));
      } else {
        putBack(card, null);
        countWaiting(1);
      }
    } else {
      for (const { one } of faults) one.question.hidden = false;
      if (!old.isConnected) {
        putBack(old, null);
        countWaiting(1);
      }
    }
    step.items = step.items.filter((each) => each !== item);
    if (step.ids.length === 0 && step.items.length === 0) steps.splice(steps.indexOf(step), 1);
    if (!current) go(tickets()[0] || null);
    showCounts();
  };

  // Behind the ticket that is looked at, so that nothing moves away under whoever decides.
  const putBack = (li, after) => {
    whyEmpty.replaceChildren();
    if (after && after.isConnected) after.after(li);
    else if (current && current.isConnected && after === null) current.closest("li").after(li);
    else queue.prepend(li);
    written(li);
  };

  const undo = () => {
    const step = steps.pop();
    if (!step) {
      tell("There is nothing to undo.");
      return;
    }
    nOwn -= step.nOwn;
    let first = null, n = 0;
    for (const item of [...step.items].reverse()) {
      if (!item.ticket) continue;
      for (const one of item.said) one.question.hidden = false;
      if (item.isGone && !item.ticket.isConnected) {
        putBack(item.ticket.closest("li"), item.ticket.cameAfter || undefined);
        n += 1;
      }
      first = item.ticket;
    }
    countWaiting(n);
    if (first) go(first);
    tell(`Taken back: ${count(step.items.length, "ticket")}.`);
    showCounts();
    next(async () => {
      const notes = new Set();
      for (const id of [...step.ids].reverse()) {
        const response = await post(`/v1/reviews/${id}/undo`, {});
        if (!response.ok) {
          tell(`Not taken back: ${await problemOf(response)}`);
          return;
        }
        const review = await response.json();
        if (review.note) notes.add(review.note);
      }
      const back = step.items.filter((item) => item.ticket).map((item) => idOf(item.ticket));
      if (back.length) await post("/queue/renew", { tickets: back });
      if (notes.size) tell([...notes].join(" "));
    });
  };

  const remember = (ticket, said) => {
    const asked = said.find((one) => one.review && one.question.dataset.target === focusedTarget) || said.find((one) => one.review);
    if (asked) last = { ...asked.review, title: asked.question.dataset.title, suggested: asked.question.dataset.suggested };
  };

  const accept = (ticket) => {
    const open = questions(ticket);
    const empty = open.find((each) => !chosen(each));
    if (empty) {
      tell(`${empty.dataset.title}: choose a value first (e).`);
      return;
    }
    const items = [{ ticket, said: open.map((each) => saying(ticket, each, chosen(each))) }];
    const values = items[0].said.map((one) => `${one.question.dataset.title} ${chosen(one.question)}`).join(", ");
    remember(ticket, items[0].said);
    decide(items, items[0].said.some((one) => one.review) ? `Decided: ${values}.` : "Left as it was decided.");
  };

  const rejecting = (ticket, reason) => {
    const open = questions(ticket).filter((each) => each.dataset.suggested);
    const meant = open.filter((each) => each.dataset.target === RIGHT_FOR[reason]);
    return (meant.length ? meant : open).map((question) => ({ question, review: reviewOf(ticket, question, "rejected", "", reason) }));
  };

  const each = (found, say) => found.map((ticket) => ({ ticket, said: say(ticket) })).filter((item) => item.said.length);

  const inBulk = (items, done, n, why) => {
    const left = n - items.filter((item) => !questions(item.ticket).some((one) => !item.said.some((s) => s.question === one))).length;
    const rest = left ? ` ${count(left, "ticket")} left: ${why}` : "";
    if (items.length) decide(items, `${done} ${count(items.length, "ticket")}.${rest}`);
    else tell(`Nothing is done: ${why}`);
  };

  const reject = (reason) => {
    const many = selected();
    if (many.length) {
      inBulk(each(many, (ticket) => rejecting(ticket, reason)), "Rejected", many.length, "other questions of them still wait, or nothing was suggested.");
      return;
    }
    const said = current ? rejecting(current, reason) : [];
    if (!said.length) {
      tell("Nothing was suggested here, so nothing can be rejected: choose a value (e), or skip (s).");
      return;
    }
    remember(current, said);
    decide([{ ticket: current, said }], "Rejected.");
  };

  const skip = () => {
    const many = selected();
    const skipping = (ticket) => questions(ticket).map((question) => ({ question, review: reviewOf(ticket, question, "skipped") }));
    const items = each(many.length ? many : current ? [current] : [], skipping);
    if (items.length) decide(items, items.length === 1 ? "Skipped: others get it." : `Skipped ${count(items.length, "ticket")}.`);
  };

  // Only what the model is sure of, unless somebody has marked another value there.
  const acceptSelected = () => {
    const many = selected();
    if (!many.length) {
      tell("Nothing is selected: x selects a ticket.");
      return;
    }
    const sure = (ticket) => questions(ticket)
      .filter((question) => chosen(question) && (question.dataset.sure !== undefined || chosen(question) !== question.dataset.suggested))
      .map((question) => saying(ticket, question, chosen(question)));
    inBulk(each(many, sure), "Accepted", many.length, "the model is below its threshold there, so look at each.");
  };

  const setForAll = (target, value) => {
    const many = selected();
    const setting = (ticket) => questions(ticket)
      .filter((question) => question.dataset.target === target)
      .filter((question) => value !== question.dataset.suggested || question.dataset.sure !== undefined)
      .map((question) => saying(ticket, question, value));
    inBulk(each(many, setting), `${value}: set for`, many.length, "they were given this value below its threshold, or other questions of them still wait.");
  };

  const take = (ticket, question, value) => {
    if (!value) return;
    if (selected().length) setForAll(question.dataset.target, value);
    else mark(question, value);
  };

  // Those like the last one

  const words = ({ words: all, n_shared: n }) => {
    const quoted = all.map((word) => `“${word}”`);
    if (n >= all.length) return quoted.join(" and ");
    return `at least ${n === 2 ? "two" : n} of ${quoted.slice(0, -1).join(", ")} and ${quoted[quoted.length - 1]}`;
  };

  const like = async () => {
    if (!last || last.verdict === "skipped") {
      tell("Decide a ticket first; then this does the same for those like it.");
      return;
    }
    const what = last;
    await chain;
    const response = await post("/queue/like", { ticket_id: what.ticket_id, target: what.target }).catch(() => null);
    if (!response || !response.ok) {
      tell(response ? await problemOf(response) : "The service could not be reached.");
      return;
    }
    const found = await response.json();
    const fit = what.verdict === "accepted" ? found.tickets.filter((one) => one.is_sure) : found.tickets;
    const left = found.tickets.length - fit.length;
    const done = { accepted: "Accept", corrected: `Set ${what.title} to ${what.value} for`, rejected: "Reject" }[what.verdict];
    find("like-title").textContent = fit.length ? `${done} ${count(fit.length, "ticket")} like it?` : "No ticket is like it";
    find("like-said").textContent =
      `Like it: ${what.title} ${found.value} was suggested, and the text says ${words(found)}. ` +
      `${count(found.n_looked_at, "waiting ticket")} ${found.n_looked_at === 1 ? "was" : "were"} looked at.` +
      (left ? ` ${left} more ${left === 1 ? "stays" : "stay"}, as the model is below its threshold there.` : "");
    find("like-tickets").replaceChildren(...fit.slice(0, 8).map((one) => {
      const line = document.createElement("li");
      line.dir = "auto";
      line.textContent = one.subject || "(no subject)";
      return line;
    }));
    if (fit.length > 8) find("like-tickets").append(Object.assign(document.createElement("li"), { textContent: `and ${fit.length - 8} more` }));
    const yes = find("like-yes");
    yes.hidden = fit.length === 0;
    yes.textContent = `${done} ${count(fit.length, "ticket")}`;
    const opened = performance.now();
    yes.onclick = () => {
      likeDialog.close();
      const seconds = (performance.now() - opened) / 1000 / fit.length;
      const items = fit.map((one) => {
        const ticket = tickets().find((shown) => idOf(shown) === one.ticket_id) || null;
        const question = ticket && questions(ticket).find((shown) => shown.dataset.target === what.target);
        const review = {
          ticket_id: one.ticket_id, target: what.target, verdict: what.verdict, model_version: one.model_version,
          ...(what.value ? { value: what.value } : {}), ...(what.reason ? { reason: what.reason } : {}),
        };
        return { ticket: question ? ticket : null, said: [{ question, review }], seconds };
      });
      decide(items, `Done for ${count(fit.length, "ticket")} like it.`);
    };
    show(likeDialog);
    (fit.length ? yes : find("like-no")).focus();
  };

  // More tickets, and keeping those there are

  const read = (html) => new DOMParser().parseFromString(html, "text/html");
  const written = (element) => element.dispatchEvent(new CustomEvent("triage:shown", { bubbles: true }));

  const fetchMore = () => {
    const n = tickets().length;
    if (isFetching || n >= FEW || (isExhausted && n)) return; // an empty page is to say why it is empty
    isFetching = true;
    next(async () => {
      try {
        const beside = [...new Set([...tickets().map(idOf), ...sending.keys()])];
        const response = await post(`/queue/more${queue.dataset.query ? `?${queue.dataset.query}` : ""}`, { beside });
        if (!response.ok) {
          tell(await problemOf(response));
          return;
        }
        const found = read(await response.text()).getElementById("found");
        until = found.dataset.until;
        const known = new Set([...tickets().map(idOf), ...sending.keys()]);
        const added = [...found.querySelectorAll("ol > li")].filter((li) => !known.has(idOf(li.querySelector("article"))));
        queue.append(...added);
        for (const li of added) written(li);
        isExhausted = added.length === 0;
        if (!queue.children.length && !sending.size) {
          whyEmpty.replaceChildren(...found.querySelectorAll("#empty"));
          written(whyEmpty);
        }
        if (!current && tickets().length) go(tickets()[0]);
      } finally {
        isFetching = false;
      }
    }).then(() => {
      const isUnexplained = !tickets().length && !whyEmpty.children.length;
      if (isUnexplained ? sending.size : tickets().length && !isExhausted) fetchMore();
    });
  };

  const renew = () => {
    if (document.visibilityState !== "visible" || !tickets().length) return;
    next(async () => {
      const asked = tickets();
      const response = await post("/queue/renew", { tickets: asked.map(idOf) });
      if (!response.ok) return;
      const found = await response.json();
      until = found.until;
      const kept = new Set(found.kept);
      const lost = asked.filter((ticket) => !kept.has(idOf(ticket)) && ticket.isConnected);
      if (!lost.length) return;
      const gone = new Set(lost), after = current && gone.has(current) ? neighbour(current, gone) : current;
      for (const ticket of lost) ticket.closest("li").remove();
      go(after);
      tell(`${count(lost.length, "ticket")} went to others meanwhile.`);
      fetchMore();
    });
  };
  setInterval(() => {
    renew();
    isExhausted = false; // others may have come meanwhile
    fetchMore();
  }, RENEWED_EVERY);
  document.addEventListener("visibilitychange", () => {
    stopLooking();
    isAway = document.visibilityState !== "visible"; // nobody looks at a page that is hidden
    if (!isAway) renew();
  });
  window.addEventListener("pagehide", () => {
    const body = JSON.stringify({ tickets: tickets().map(idOf), until });
    navigator.sendBeacon(`${root}/queue/release`, new Blob([body], { type: "application/json" }));
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  // Typing another value: a list of those there are

  const options = document.createElement("ul");
  options.id = "options";
  options.className = "options";
  options.setAttribute("role", "listbox");
  options.setAttribute("aria-label", "Values");
  let active = -1;
  const live = new Map(); // what ticketing systems take today, by source and question

  const labelsOf = (ticket, question) => {
    const target = question.dataset.target, source = ticket.dataset.source;
    const list = find(`labels-${target}`);
    const known = list ? [...list.options].map((option) => option.value) : [];
    if (!source) return known;
    const key = `${source} ${target}`;
    if (!live.has(key)) {
      live.set(key, null);
      fetch(`${root}/queue/labels?source=${encodeURIComponent(source)}&target=${encodeURIComponent(target)}`)
        .then((response) => (response.ok ? response.json() : { labels: null }))
        .then((found) => { live.set(key, found.labels); })
        .catch(() => {});
    }
    return live.get(key) || known;
  };

  const setActive = (at) => {
    active = at;
    const input = options.parentElement && options.parentElement.querySelector("input");
    [...options.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    if (!input) return;
    if (at >= 0) {
      input.setAttribute("aria-activedescendant", options.children[at].id);
      options.children[at].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };

  const offer = (input) => {
    const typed = input.value.trim().toLowerCase();
    const labels = labelsOf(input.closest("article"), input.closest("fieldset"));
    const begins = labels.filter((label) => label.toLowerCase().startsWith(typed));
    const holds = labels.filter((label) => !label.toLowerCase().startsWith(typed) && label.toLowerCase().includes(typed));
    const found = [...begins, ...holds].slice(0, OPTIONS);
    options.replaceChildren(...found.map((label, i) => {
      const option = document.createElement("li");
      option.id = `option-${i}`;
      option.setAttribute("role", "option");
      option.dir = "auto";
      option.textContent = label;
      return option;
    }));
    options.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    input.closest("label").append(options);
    setActive(typed && found.length ? 0 : -1);
  };

  const closeOptions = () => {
    const input = options.parentElement && options.parentElement.querySelector("input");
    if (input) {
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    options.remove();
  };

  const isOther = (element) => element instanceof HTMLInputElement && element.closest(".other") !== null;

  queue.addEventListener("focusin", (event) => {
    const ticket = event.target.closest("article.ticket");
    if (ticket && ticket !== current) go(ticket, { focus: false });
    const question = event.target.closest("fieldset.question");
    if (ticket && question) {
      focusedTarget = question.dataset.target;
      showQuestion(ticket);
    }
    if (isOther(event.target)) {
      event.target.removeAttribute("list"); // the browser's own list would lie over ours
      event.target.setAttribute("role", "combobox");
      event.target.setAttribute("aria-autocomplete", "list");
      event.target.setAttribute("aria-controls", "options");
      event.target.dataset.before = event.target.value;
      offer(event.target);
    }
  });
  queue.addEventListener("focusout", (event) => { if (isOther(event.target)) closeOptions(); });
  queue.addEventListener("input", (event) => {
    if (!isOther(event.target)) return;
    event.target.closest("fieldset").classList.toggle("typed", event.target.value.trim() !== "");
    offer(event.target);
  });
  options.addEventListener("mousedown", (event) => {
    const input = options.parentElement.querySelector("input");
    if (!(event.target instanceof HTMLLIElement)) return;
    event.preventDefault();
    finishTyping(input, event.target.textContent);
  });

  const finishTyping = (input, value) => {
    const ticket = input.closest("article"), question = input.closest("fieldset");
    const known = labelsOf(ticket, question).find((label) => label.toLowerCase() === value.toLowerCase());
    const asked = known || value;
    input.value = input.dataset.before;
    closeOptions();
    take(ticket, question, asked);
    if (ticket.isConnected && ticket === current) ticket.focus({ preventScroll: true });
    if (!known && asked && !selected().length) tell(`${question.dataset.title} ${asked} is new: nothing that is known is called so.`);
  };

  queue.addEventListener("keydown", (event) => {
    if (!isOther(event.target) || event.isComposing) return;
    const n = options.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (n) setActive((active + (event.key === "ArrowDown" ? 1 : -1) + n + (active < 0 && event.key === "ArrowUp" ? 1 : 0)) % n);
    } else if (event.key === "Enter") {
      if (event.repeat) { event.preventDefault(); return; }
      const value = active >= 0 && n ? options.children[active].textContent : event.target.value.trim();
      if (value) finishTyping(event.target, value);
    } else if (event.key === "Escape") {
      event.target.value = event.target.dataset.before;
      event.target.closest("fieldset").classList.toggle("typed", event.target.value !== "");
      event.target.closest("article").focus({ preventScroll: true });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  // Keys, buttons and the mouse

  const show = (dialog) => { if (!dialog.open) dialog.showModal(); };
  const step = (by) => {
    const all = tickets(), at = all.indexOf(current);
    const to = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    if (to) go(to);
  };
  const pick = (n) => {
    const question = current && questionOf(current);
    const radio = question && question.querySelectorAll("input[type=radio]")[n - 1];
    if (radio) take(current, question, radio.value);
    else tell("There is no such value to choose.");
  };
  const nextQuestion = (by) => {
    if (!current) return;
    const all = questions(current), at = all.indexOf(questionOf(current));
    focusedTarget = all[(at + by + all.length) % all.length].dataset.target;
    showQuestion(current);
  };
  const edit = () => {
    const question = current && questionOf(current);
    if (question) question.querySelector(".other input").focus();
  };
  const select = () => {
    if (!current) return;
    const box = current.querySelector(".select");
    box.checked = !box.checked;
    showCounts();
  };
  const selectAll = () => {
    const isAny = selected().length > 0;
    for (const ticket of tickets()) ticket.querySelector(".select").checked = !isAny;
    showCounts();
  };
  const askReason = () => {
    if (!selected().length && !(current && rejecting(current, "").length)) {
      reject("");
      return;
    }
    show(rejectMenu);
    rejectMenu.querySelector(".menu button").focus();
  };

  const KEYS = {
    j: () => step(1), k: () => step(-1), Enter: () => current && accept(current),
    1: () => pick(1), 2: () => pick(2), 3: () => pick(3), e: edit, g: () => nextQuestion(1), G: () => nextQuestion(-1),
    r: askReason, s: skip, u: undo, x: select, X: selectAll, a: acceptSelected, ".": like, "?": () => show(help),
    o: () => current && current.querySelector("h2 a").click(),
  };
  const MAY_REPEAT = new Set(["j", "k"]);

  const isTyping = (element) =>
    element.isContentEditable || element.matches("textarea, select, input:not([type=radio], [type=checkbox])");

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
    if (!(event.key in KEYS)) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    event.preventDefault();
    if (event.repeat && !MAY_REPEAT.has(event.key)) return;
    KEYS[event.key]();
  });

  rejectMenu.addEventListener("keydown", (event) => {
    const all = [...rejectMenu.querySelectorAll(".menu button")], at = all.indexOf(document.activeElement);
    if (event.repeat && event.key === "Enter") event.preventDefault();
    if (event.key === "ArrowDown" || event.key === "j") all[(at + 1) % all.length].focus();
    else if (event.key === "ArrowUp" || event.key === "k") all[(at - 1 + all.length) % all.length].focus();
    else if (all[Number(event.key) - 1] && !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey) all[Number(event.key) - 1].click();
    else return;
    event.preventDefault();
  });
  rejectMenu.querySelector(".menu").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    rejectMenu.close();
    reject(button.value);
  });
  likeDialog.addEventListener("keydown", (event) => { if (event.repeat && event.key === "Enter") event.preventDefault(); });
  find("like-no").addEventListener("click", () => likeDialog.close());
  for (const dialog of [help, rejectMenu, likeDialog]) {
    dialog.addEventListener("close", () => { if (current && current.isConnected) current.focus({ preventScroll: true }); });
  }
  find("ask-help").addEventListener("click", () => show(help));
  undoButton.addEventListener("click", undo);
  bulk.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) KEYS[button.dataset.bulk]();
  });
  queue.addEventListener("change", (event) => {
    if (event.target.matches(".select")) showCounts();
    if (event.target.matches("input[type=radio]")) mark(event.target.closest("fieldset"), event.target.value);
  });
  queue.addEventListener("click", (event) => {
    const ticket = event.target.closest("article.ticket");
    if (ticket && ticket !== current) go(ticket, { focus: !event.target.closest("a, input, button, select, label") });
  });
  // The second click of a double click would decide the next ticket, which has moved under the mouse by then.
  queue.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest(".decide button")) event.preventDefault();
  }, true);
  queue.addEventListener("submit", (event) => {
    event.preventDefault();
    const ticket = event.target.closest("article.ticket"), act = event.submitter ? event.submitter.value : "accept";
    go(ticket, { focus: false });
    if (act === "skip") skip();
    else if (act === "reject") askReason();
    else accept(ticket);
  });

  if (tickets().length) go(tickets()[0], { scroll: false });
  showCounts();
  fetchMore();
})();
