import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

/** A message, as a mail server got it. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** Headers and text, undecoded. */
  raw: string;
}

/**
 * Starts a real mail server on 127.0.0.1 that keeps its messages. It asks for `account` if there is one, refuses recipients in `refused`, and
 * while `busy` is set it answers every message with 451. It offers STARTTLS, with a certificate that no one trusts, unless `tls` is false.
 */
export async function startSmtpReceiver({
  account,
  refused = [],
  tls = false,
}: {
  account?: { user: string; pass: string };
  refused?: string[];
  tls?: boolean;
} = {}) {
  const received: ReceivedMail[] = [];
  const state = { busy: false, silent: false };
  const server = new SMTPServer({
    authOptional: !account,
    allowInsecureAuth: true,
    disabledCommands: tls ? [] : ["STARTTLS"],
    closeTimeout: 100,
    onAuth({ username, password }, _session, done) {
      if (username === account?.user && password === account?.pass) return done(null, { user: username });
      done(Object.assign(new Error(`no such login ${username}`), { responseCode: 535 }));
    },
    onRcptTo({ address }, _session, done) {
      done(
        refused.includes(address)
          ? Object.assign(new Error(`${address} is unknown`), { responseCode: 550 })
          : undefined,
      );
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (state.silent) return;
        if (state.busy) return done(Object.assign(new Error("try again later"), { responseCode: 451 }));
        received.push({
          from: envelope.mailFrom ? envelope.mailFrom.address : "",
          to: envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  // Clients that give up are part of the tests.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    received,
    state,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** A header of a message, unfolded; undefined if it is missing. Names are not case-sensitive. */
export const headerOf = (raw: string, name: string): string | undefined =>
  raw
    .slice(0, raw.indexOf("\r\n\r\n"))
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")
    .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    ?.slice(name.length + 1)
    .trim();
