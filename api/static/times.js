// Writes every moment of a page in the viewer's own zone; without a script it stands there in UTC.
"use strict";

(() => {
  const told = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const write = (within) => {
    for (const time of within.querySelectorAll("time[datetime]")) {
      const moment = new Date(time.dateTime);
      if (!Number.isNaN(moment.getTime())) {
        time.title = time.dateTime;
        time.textContent = told.format(moment);
      }
    }
  };
  write(document);
  document.addEventListener("triage:shown", (event) => write(event.target));
})();
