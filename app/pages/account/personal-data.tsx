/** The part of the account's page about a person's own data: a copy of it, and the end of the account. */
export function PersonalData() {
  return (
    <section aria-labelledby="personal-data" className="mt-12 border-t border-line pt-6 text-sm">
      <h2 id="personal-data" className="font-serif text-xl tracking-tight">
        Your data
      </h2>
      <p className="mt-3">
        A file with everything that this site has about you: your account, where you are logged in, where you
        stopped reading, and the stories that you write.
      </p>
      <a href="/account/data.json" download="tidemark-account.json" className="button button-quiet mt-4">
        Download my data
      </a>
      <p className="mt-8">
        You may also delete your account. The next page says what that means, and asks again.
      </p>
      <a href="/account/delete" className="button button-quiet mt-4">
        Delete my account
      </a>
    </section>
  );
}
