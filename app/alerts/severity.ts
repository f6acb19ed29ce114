/** How urgent an alert is: someone is needed now; today; or it is only worth knowing. Most urgent first. */
export const SEVERITIES = ["critical", "warning", "notice"] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Whether a form's or a row's text is a severity. */
export const isSeverity = (text: unknown): text is Severity =>
  (SEVERITIES as readonly unknown[]).includes(text);

/** The severity of a row; "warning" for one that another version of Tidemark wrote. */
export const severityOf = (text: string): Severity => (isSeverity(text) ? text : "warning");
