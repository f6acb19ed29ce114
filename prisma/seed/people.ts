import { DEMO_EMAILS, type DemoRole, demoPasswordOf } from "../../app/auth/demo-accounts";

/** The people of the demo site. Their passwords are public: `npm start` and the README show them. */
export interface Person {
  key: string;
  name: string;
  role: DemoRole;
}

export const people: Person[] = [
  { key: "ops", name: "Ola Brandt", role: "OPS" },
  { key: "mara", name: "Mara Lindqvist", role: "EDITOR" },
  { key: "tobias", name: "Tobias Achterberg", role: "EDITOR" },
  { key: "ines", name: "Inês Carvalho", role: "EDITOR" },
  { key: "kwame", name: "Kwame Asante", role: "EDITOR" },
  { key: "yuki", name: "Yuki Hanazono", role: "EDITOR" },
  { key: "nell", name: "Nell Farraday", role: "EDITOR" },
  { key: "reader", name: "Robin Page", role: "READER" },
  { key: "june", name: "June Okafor", role: "READER" },
  { key: "piet", name: "Piet van Rijn", role: "READER" },
  { key: "asha", name: "Asha Menon", role: "READER" },
  { key: "auditor", name: "Vera Sandoval", role: "AUDITOR" },
];

/** A person's e-mail address. Domains under `.example` never exist (RFC 2606). */
export const emailOf = (key: string) => `${key}@tidemark.example`;

/** The account of each role that `npm start` prints. */
export const demoAccounts = Object.values(DEMO_EMAILS).map((email) => {
  const role = people.find(({ key }) => emailOf(key) === email)?.role ?? "READER";
  return { role, email, password: demoPasswordOf(role) };
});
