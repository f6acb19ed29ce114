import { describe, expect, it } from "vitest";
import { checkLogInFields } from "../../app/pages/account/log-in-fields";

function formOf(fields: Record<string, string>) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

describe("the fields of the log-in form", () => {
  it("pass when both are filled in, with space around the address", () => {
    expect(checkLogInFields(formOf({ email: " june@tidemark.example ", password: " " }))).toBeNull();
  });

  it("each have their own error when they are missing or empty", () => {
    const errors = { email: "Enter your e-mail address.", password: "Enter your password." };
    expect(checkLogInFields(formOf({}))).toEqual({ errors, email: "" });
    expect(checkLogInFields(formOf({ email: "  ", password: "" }))).toEqual({ errors, email: "  " });
  });

  it("keep the address as it was typed, and never the password", () => {
    const failure = checkLogInFields(formOf({ email: "june", password: "secret" }));
    expect(failure).toEqual({
      errors: { email: "Enter the whole e-mail address, for example name@example.com.", password: undefined },
      email: "june",
    });
    expect(JSON.stringify(failure)).not.toContain("secret");
  });

  it("refuse a file where the address should be", () => {
    const form = formOf({ password: "x" });
    form.set("email", new Blob(["x"]), "x.txt");
    expect(checkLogInFields(form)).toMatchObject({
      errors: { email: "Enter your e-mail address." },
      email: "",
    });
  });
});
