import type { SerializeFrom } from "@remix-run/node";
import { Form, Link, useLoaderData } from "@remix-run/react";
import { formatNumber } from "~/shared/format";
import { ROLE_NAMES, ROLES } from "~/shared/roles";
import { ActionProvider } from "~/ui/forms/action-provider";
import { SelectField, TextField } from "~/ui/forms/fields";
import { ReadOnlyNote, useReadOnly } from "~/ui/forms/read-only";
import { PanelView } from "~/ui/panel-view";
import { Section } from "~/ui/section";
import { DataTable } from "~/ui/tables/data-table";
import { UtcTime } from "~/ui/time/utc-time";
import type { loadUsersPage } from "./load-users-page";
import type { UserRow } from "./read-users";
import { UserControls } from "./user-controls";

type Data = SerializeFrom<typeof loadUsersPage>;
type User = SerializeFrom<UserRow>;

/** The accounts of the site: who may do what, when they were last here, and forms to change that. */
export function UsersPage() {
  const { now, me, filter, users, one } = useLoaderData<typeof loadUsersPage>();
  const readOnly = useReadOnly();
  const to = (more: Record<string, string>) => address(filter, more);
  return (
    <ActionProvider>
      <main className="mx-auto flex max-w-console flex-col gap-8 px-5 pt-8 pb-20 sm:px-8">
        <div className="flex flex-col gap-2">
          <h1 className="text-xl font-semibold sm:text-2xl">Users</h1>
          <p className="max-w-[48rem] text-sm text-ink-muted">
            Operators first. Accounts are created and erased with npm run account. Who changed one, and why,
            is in the{" "}
            <Link to="/admin/audit?kind=users" className="link">
              audit log
            </Link>
            .
          </p>
          {readOnly && <ReadOnlyNote id="read-only" />}
        </div>
        {one && (
          <PanelView panel={one}>
            {(user) =>
              user ? (
                <Section
                  title={`${user.name}, user ${user.id}`}
                  aside={
                    <Link to={to({})} preventScrollReset className="button button-quiet">
                      Close
                    </Link>
                  }
                >
                  {!readOnly && <UserControls key={user.id} user={user} own={user.id === me} now={now} />}
                </Section>
              ) : (
                <p className="text-sm">There is no such account.</p>
              )
            }
          </PanelView>
        )}
        <Section title="Accounts">
          <Filter filter={filter} />
          <PanelView panel={users}>
            {(page) => (
              <>
                <UserTable
                  users={page.users}
                  now={now}
                  changeAt={readOnly ? null : (id) => to({ user: String(id) })}
                />
                <nav aria-label="Pages of the list" className="flex gap-6 text-sm">
                  {filter.page > 0 && (
                    <Link className="link" to={to({ page: String(filter.page - 1) })}>
                      Back
                    </Link>
                  )}
                  {page.more && (
                    <Link className="link" to={to({ page: String(filter.page + 1) })}>
                      More
                    </Link>
                  )}
                </nav>
              </>
            )}
          </PanelView>
        </Section>
      </main>
    </ActionProvider>
  );
}

/** The address of the list with the same filter. */
function address({ text, role, page }: Data["filter"], more: Record<string, string>) {
  const query = new URLSearchParams({
    ...(text && { q: text }),
    ...(role && { role }),
    ...(page > 0 && { page: String(page) }),
    ...more,
  });
  return `/admin/users${query.size > 0 ? `?${query}` : ""}`;
}

const ROLE_OPTIONS = [
  { value: "", label: "All roles" },
  ...ROLES.map((role) => ({ value: role, label: ROLE_NAMES[role] })),
];

const Filter = ({ filter }: Pick<Data, "filter">) => (
  <Form key={JSON.stringify(filter)} method="get" className="flex flex-wrap items-end gap-x-4 gap-y-3">
    <TextField label="Name, address or number" name="q" value={filter.text} type="search" maxLength={200} />
    <SelectField label="Role" name="role" value={filter.role} options={ROLE_OPTIONS} />
    <button type="submit" className="button button-quiet min-h-11">
      Search
    </button>
  </Form>
);

interface UserTableProps {
  users: User[];
  now: string;
  /** The address at which an account can be changed; null for people who may only look. */
  changeAt: ((id: number) => string) | null;
}

const UserTable = ({ users, now, changeAt }: UserTableProps) => (
  <DataTable
    caption="Accounts"
    rows={users}
    keyOf={(user) => user.id}
    empty={
      <>
        No account matches.{" "}
        <Link to="/admin/users" className="link">
          Show all accounts
        </Link>
      </>
    }
    columns={[
      {
        head: "Person",
        names: true,
        cell: (user) => (
          <>
            {changeAt ? (
              <Link to={changeAt(user.id)} className="link" preventScrollReset>
                {user.name}
              </Link>
            ) : (
              user.name
            )}
            <span className="block text-xs wrap-anywhere text-ink-muted">
              <EmailAddress address={user.email} />
            </span>
          </>
        ),
      },
      {
        head: "Role",
        cell: (user) => (
          <>
            {ROLE_NAMES[user.role]}
            {user.disabledAt && <span className="block text-xs font-medium text-alarm">⊘ disabled</span>}
          </>
        ),
      },
      {
        head: "Last seen",
        cell: (user) =>
          user.seenAt ? (
            <UtcTime at={user.seenAt} now={now} />
          ) : (
            <span className="text-ink-muted">logged out</span>
          ),
      },
      { head: "Second factor", wideOnly: true, cell: (user) => (user.secondFactor ? "on" : "off") },
      { head: "Sessions", wideOnly: true, numeric: true, cell: (user) => formatNumber(user.sessions) },
    ]}
  />
);

/** An address that breaks before its @, if it has to: a line with its last letter alone is hard to read. */
function EmailAddress({ address }: { address: string }) {
  const at = address.lastIndexOf("@");
  return (
    <>
      {address.slice(0, at)}
      <wbr />
      {address.slice(at)}
    </>
  );
}
