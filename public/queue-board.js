// What the queue board's page (bull-board) does not do by itself.

// It knows no reasons, and the audit log asks for one. So every change that the page sends asks first. Without an answer the server
// refuses the change, and the page says so.
const { open, send } = XMLHttpRequest.prototype;
const changes = new WeakSet();

XMLHttpRequest.prototype.open = function (method, ...rest) {
  if (!/^(GET|HEAD)$/i.test(method)) changes.add(this);
  return open.call(this, method, ...rest);
};

XMLHttpRequest.prototype.send = function (body) {
  if (changes.has(this)) {
    const reason = window.prompt("Why? The reason goes to the audit log.") ?? "";
    this.setRequestHeader("X-Reason", encodeURIComponent(reason.trim()));
  }
  this.addEventListener("loadend", () => noteAnswer(this.status));
  return send.call(this, body);
};

// It keeps its last figures without a word while it gets no new ones. It asks again every few seconds by itself.
let missingSince = null;

function noteAnswer(status) {
  const notice = document.getElementById("board-notice");
  if (status !== 0 && status !== 503) {
    missingSince = null;
    notice.hidden = true;
    return;
  }
  missingSince ??= new Date().toISOString().slice(11, 19);
  const what = status === 503 ? "Redis is unreachable" : "The site cannot be reached";
  const text = `${what} since ${missingSince} UTC. The board shows what it read before, and tries again every few seconds.`;
  // Screen readers announce what changes.
  if (notice.textContent !== text) notice.textContent = text;
  notice.hidden = false;
}

// Some of its buttons have an icon and no name, and its headings skip levels.
const NAMES = {
  "circle-user": "Links",
  "ellipsis-vertical": "More actions",
  files: "Duplicate the job",
  "maximize-2": "Enlarge",
  "minimize-2": "Shrink",
  maximize: "Full screen",
  minimize: "Leave full screen",
  "rotate-cw": "Retry the job",
  "rotate-ccw": "Retry the job",
  settings: "Settings of this board",
  "trash-2": "Remove the job",
  x: "Close",
};

function mendNames() {
  for (const button of document.querySelectorAll("button:not([aria-label])")) {
    if (button.textContent.trim() !== "") continue;
    const icons = [...(button.querySelector("svg.lucide")?.classList ?? [])];
    const icon =
      icons.find((name) => NAMES[name.replace(/^lucide-/, "")] !== undefined) ?? icons.at(-1) ?? "";
    const plain = icon.replace(/^lucide-/, "");
    button.setAttribute("aria-label", NAMES[plain] ?? plain.replaceAll("-", " "));
  }
  // A header without a word heads nothing.
  for (const cell of document.querySelectorAll("#root th:empty:not([role])"))
    cell.setAttribute("role", "cell");
  // Levels are skipped between a job and its parts.
  for (const part of document.querySelectorAll("#root :is(h3, h4, h5):not([aria-level])"))
    part.setAttribute("aria-level", "2");
}

new MutationObserver(mendNames).observe(document.documentElement, { childList: true, subtree: true });
