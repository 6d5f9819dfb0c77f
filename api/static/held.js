// The page is printed by a button where scripts run; without them, by the browser's own menu.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
