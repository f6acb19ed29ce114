import { Form, Link } from "@remix-run/react";
import { FieldError } from "~/ui/forms/answer-box";
import { NarrowPage } from "./narrow-page";
import { TextField } from "./text-field";

interface DeletePageProps {
  email: string;
  /** Titles of the stories that they are the author of: while there are any, the account stays. */
  stories: string[];
  onlyOperator: boolean;
  errors: { password?: string; sure?: string };
}

/** Says what deleting an account means, and asks for the password; or says why it cannot be deleted yet. */
export function DeletePage({ email, stories, onlyOperator, errors }: DeletePageProps) {
  return (
    <NarrowPage title="Delete your account?" lead={email}>
      {stories.length > 0 ? (
        <AuthorNote stories={stories} />
      ) : onlyOperator ? (
        <p className="mt-8 text-sm">
          You are the only operator of this site, so it could not be run without you. Make another account an
          operator first: <code>npm run account -- --email them@example.org --role OPS</code>
        </p>
      ) : (
        <DeleteForm errors={errors} />
      )}
      <p className="mt-8 text-sm">
        <Link to="/account" className="link">
          Keep my account
        </Link>
      </p>
    </NarrowPage>
  );
}

function AuthorNote({ stories }: { stories: string[] }) {
  return (
    <div className="mt-8 grid gap-3 text-sm">
      <p>Your stories stay online for their readers, so they need another author first:</p>
      <ul className="list-disc pl-5">
        {stories.map((title) => (
          <li key={title}>{title}</li>
        ))}
      </ul>
      <p>Ask an operator of this site to give them to another editor and to erase your account.</p>
    </div>
  );
}

function DeleteForm({ errors }: Pick<DeletePageProps, "errors">) {
  return (
    <Form method="post" noValidate reloadDocument className="mt-8 grid gap-5 text-sm">
      <p>
        Deleted at once, and for good: your account, your log-ins, the places where you stopped reading, and
        your part in stories that you edit for others. Counts of views stay as they are, without you.
      </p>
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        error={errors.password}
        required
      />
      <div className="grid gap-1.5">
        <label className="flex items-baseline gap-2">
          <input
            type="checkbox"
            name="sure"
            required
            aria-invalid={errors.sure ? true : undefined}
            aria-describedby={errors.sure && "sure-error"}
          />
          I know that this cannot be undone.
        </label>
        {errors.sure && (
          <div role="alert">
            <FieldError id="sure-error" text={errors.sure} />
          </div>
        )}
      </div>
      <button type="submit" className="button mt-1">
        Delete my account
      </button>
    </Form>
  );
}
