import { expect, it } from "vitest";
import { firingSentence } from "../../app/alerts/firing";
import type { Severity } from "../../app/alerts/severity";
import type { AlertStatus } from "../../app/alerts/state";

const alert = (
  status: AlertStatus,
  acknowledgedBy: string | null = null,
  severity: Severity = "warning",
) => ({ status, acknowledgedBy, severity });
const notice = (status: AlertStatus) => alert(status, null, "notice");

it.each([
  [[], "No alert is firing."],
  [[alert("firing")], "1 alert is firing and needs attention."],
  [[alert("firing"), alert("firing")], "2 alerts are firing and need attention."],
  [[alert("acknowledged", "Ola")], "1 alert is firing: Ola has it."],
  // A notice asks for no one, but is not hidden either.
  [[notice("firing")], "1 alert is firing: 1 is a notice."],
  [[alert("firing"), notice("firing")], "2 alerts are firing: 1 needs attention and 1 is a notice."],
  [
    [notice("firing"), notice("firing"), notice("recovering")],
    "3 alerts are firing: 2 are notices and 1 is back to normal.",
  ],
  [[alert("recovering")], "1 alert is firing: 1 is back to normal."],
  [[alert("explained")], "1 alert is firing: 1 is explained."],
  [
    [alert("firing"), alert("acknowledged", "Ola"), alert("recovering"), alert("snoozed"), alert("silenced")],
    "5 alerts are firing: 1 needs attention, Ola has 1, 2 are muted and 1 is back to normal.",
  ],
  [[alert("acknowledged", "Ola"), alert("acknowledged", "Bo")], "2 alerts are firing: 2 are being handled."],
])("alerts in a sentence: %j", (alerts, sentence) => expect(firingSentence(alerts)).toBe(sentence));
