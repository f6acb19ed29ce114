import { ActionForm } from "~/ui/forms/action-form";
import { useResult } from "~/ui/forms/action-provider";
import { TextField } from "~/ui/forms/fields";
import { ResultLine } from "~/ui/forms/result-line";
import { UtcTime } from "~/ui/time/utc-time";
import type { AccountPageProps } from "./account-page";

const INTENTS = [
  "begin-second-factor",
  "confirm-second-factor",
  "cancel-second-factor",
  "renew-recovery-codes",
  "remove-second-factor",
];

type Factor = AccountPageProps["secondFactor"];

interface SecondFactorProps {
  factor: Factor;
  now: string;
  /** Whether this person may not do without. */
  required: boolean;
}

/** The state of a person's second factor, and the forms that change it. */
export function SecondFactorSection({ factor, now, required }: SecondFactorProps) {
  return (
    <>
      <ResultLine of={{ intents: INTENTS }} />
      <RecoveryCodes />
      {factor.state === "off" && <Off />}
      {factor.state === "pending" && <Pending factor={factor} />}
      {factor.state === "on" && <On factor={factor} now={now} required={required} />}
    </>
  );
}

function Off() {
  return (
    <>
      <p className="text-sm">
        Off. With a second factor, a log-in needs a code from an app on your phone too: a stolen password
        alone opens nothing.
      </p>
      <ActionForm intent="begin-second-factor" button="Set up">
        <TextField
          label="Your password"
          name="current"
          type="password"
          autoComplete="current-password"
          required
        />
      </ActionForm>
    </>
  );
}

function Pending({ factor: { qrCode, secret } }: { factor: Extract<Factor, { state: "pending" }> }) {
  return (
    <>
      <p className="text-sm">
        1. Scan this with an authenticator app, or type the key below it into the app.
      </p>
      {/* Apps read dark squares on white only, so it is the same in both themes. */}
      <svg
        viewBox={`0 0 ${qrCode.size} ${qrCode.size}`}
        role="img"
        aria-label="QR code for an authenticator app"
        shapeRendering="crispEdges"
        className="w-56 max-w-full rounded-md border border-line"
      >
        <rect width={qrCode.size} height={qrCode.size} fill="#fff" />
        <path d={qrCode.path} fill="#000" />
      </svg>
      <p className="figures font-mono text-sm break-words">{secret.match(/.{1,4}/g)?.join(" ")}</p>
      <p className="text-sm">2. Type the code that the app shows now.</p>
      <ActionForm intent="confirm-second-factor" button="Switch on">
        <TextField
          label="Code"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={7}
          required
        />
      </ActionForm>
      <ActionForm intent="cancel-second-factor" button="Cancel" quiet />
    </>
  );
}

function On({
  factor: { since, recoveryCodes },
  now,
  required,
}: {
  factor: Extract<Factor, { state: "on" }>;
  now: string;
  required: boolean;
}) {
  return (
    <>
      <p className="text-sm">
        On since <UtcTime at={since} now={now} />. {recoveryCodesLeft(recoveryCodes)}
      </p>
      <Change title="New recovery codes" intent="renew-recovery-codes" button="Make new codes">
        The codes that you have now will no longer work.
      </Change>
      <Change title="Switch off" intent="remove-second-factor" button="Switch off">
        {required
          ? "Operators of this site need a second factor: set up another one afterwards, such as that of a new phone."
          : "A log-in will need your password only."}
      </Change>
    </>
  );
}

const recoveryCodesLeft = (left: number) =>
  left === 0
    ? "No recovery codes are left: make new ones, or a lost phone locks you out."
    : `${left} of 10 recovery codes are left.`;

interface ChangeProps {
  title: string;
  intent: string;
  button: string;
  children: string;
}

/** A change that needs a proof of who asks. */
function Change({ title, intent, button, children }: ChangeProps) {
  const refusedNow = useResult({ intents: [intent] })?.ok === false;
  return (
    <details className="text-sm" open={refusedNow || undefined}>
      <summary className="link w-fit cursor-pointer">{title}</summary>
      <div className="mt-4 flex flex-col gap-4 border-l border-line pl-4">
        <p>{children}</p>
        <ActionForm intent={intent} button={button}>
          <TextField
            label="Your password, or a code"
            name="proof"
            type="password"
            autoComplete="current-password"
            required
          />
        </ActionForm>
      </div>
    </details>
  );
}

/** Recovery codes, right after they were made. */
function RecoveryCodes() {
  const codes = useResult({ intents: INTENTS })?.shownOnce;
  if (!codes) return null;
  return (
    <div className="rounded-md border border-line bg-sunken p-3 text-sm sm:p-4">
      <p>
        <strong>Keep these recovery codes</strong>, on paper or in a password manager. Each replaces a code
        once, if you lose your phone. They are not shown again.
      </p>
      <ul
        aria-label="Recovery codes"
        className="figures mt-3 grid grid-cols-2 gap-x-4 gap-y-1 font-mono text-xs whitespace-nowrap"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
    </div>
  );
}
