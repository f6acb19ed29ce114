// The queue board's page (bull-board) knows no reasons, and the audit log asks for one. So every change that the page sends asks
// first. Without an answer the server refuses the change, and the page says so.
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
  return send.call(this, body);
};
