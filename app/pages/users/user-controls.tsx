import type { SerializeFrom } from "@remix-run/node";
import { formatCount } from "~/shared/format";
import { ROLE_NAMES, ROLES } from "~/shared/roles";
import { ActionDisclosure } from "~/ui/forms/action-disclosure";
import { ActionForm } from "~/ui/forms/action-form";
import { SelectField } from "~/ui/forms/fields";
import { UtcTime } from "~/ui/time/utc-time";
import type { UserRow } from "./read-users";

interface UserControlsProps {
  user: SerializeFrom<UserRow>;
  /** It is the account of the person who looks. */
  own: boolean;
  now: string;
}

const ROLE_OPTIONS = ROLES.map((role) => ({ value: role, label: ROLE_NAMES[role] }));

/** What operators can do with one account. */
export function UserControls({ user, own, now }: UserControlsProps) {
  const { id, role, disabledAt, sessions } = user;
  return (
    <div>
      {own ? (
        <p className="mb-2 text-sm">
          This is your own account: another operator changes its role, or disables it.
        </p>
      ) : (
        <>
          <ActionDisclosure name="Role" state={ROLE_NAMES[role]} forms={{ intents: ["role"], id }}>
            <p className="max-w-measure text-sm">
              It applies from the next request on. Operators run the site; read-only operators see the same
              and change nothing; editors see the numbers of their own stories.
            </p>
            <ActionForm intent="role" id={id} button="Change the role" reason>
              <SelectField key={role} label="Role" name="role" value={role} options={ROLE_OPTIONS} />
            </ActionForm>
          </ActionDisclosure>
          <ActionDisclosure
            name={disabledAt ? "Enable" : "Disable"}
            state={
              disabledAt ? (
                <>
                  disabled since <UtcTime at={disabledAt} now={now} />
                </>
              ) : (
                "may log in"
              )
            }
            forms={{ intents: ["disable", "enable"], id }}
          >
            {disabledAt ? (
              <ActionForm intent="enable" id={id} button="Enable the account" reason />
            ) : (
              <>
                <p className="max-w-measure text-sm">
                  Its sessions end at once, and it cannot log in until it is enabled again. Its stories, its
                  places and its counts stay.
                </p>
                <ActionForm intent="disable" id={id} button="Disable the account" reason />
              </>
            )}
          </ActionDisclosure>
        </>
      )}
      <ActionDisclosure
        name="End sessions"
        state={sessions === 0 ? "none open" : formatCount(sessions, "session")}
        forms={{ intents: ["end-sessions"], id }}
      >
        <ActionForm
          intent="end-sessions"
          id={id}
          button={own ? "End my sessions, this one too" : "End all sessions"}
          reason
        />
      </ActionDisclosure>
    </div>
  );
}
