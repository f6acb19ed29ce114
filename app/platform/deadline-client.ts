import type { Socket } from "node:net";
import pg from "pg";

/** A connection to Postgres that can be given up from outside, whatever it is waiting for. */
export interface DeadlineClient extends pg.Client {
  /** Closes the socket at once: everything that waits for this connection rejects with the error, and its pool forgets it. */
  abandon(error: Error): void;
}

/** The parts of pg's client that its types leave out. */
interface Internals {
  connection: {
    stream: Socket;
    on(event: "errorMessage", listener: (message: { code?: string }) => void): void;
  };
}

/**
 * Error codes after which a connection is of no use: it leads to a server that only reads (25006: a primary that was demoted
 * still answers its old connections), that is shutting down (57P0x), or to none at all (08xxx).
 */
const leadsNowhere = (code = "") => code === "25006" || code.startsWith("57P0") || code.startsWith("08");

/**
 * Creates the class of clients for one pool. A statement that has no answer after `answerMs` means that the connection is dead:
 * Postgres's own deadlines are shorter. pg's `query_timeout` would reject and leave the client checked out and busy; here the
 * socket is closed, so that the client can never be used again. `onGivenUp` is called when a connection is given up,
 * `onError` with every error of a connection: without a listener, losing one during a transaction would end the process.
 */
export function deadlineClient(options: {
  answerMs: number;
  onGivenUp: (error: Error) => void;
  onError: (error: Error) => void;
}): new (
  config?: pg.ClientConfig,
) => DeadlineClient {
  const { answerMs, onGivenUp, onError } = options;
  return class extends pg.Client implements DeadlineClient {
    constructor(config?: pg.ClientConfig) {
      super(config);
      let deadline: NodeJS.Timeout | undefined;
      const disarm = () => clearTimeout(deadline);
      const giveUp = (error: Error) => {
        this.abandon(error);
        onGivenUp(error);
      };
      const send = this.query.bind(this) as (...args: unknown[]) => unknown;
      this.query = ((...args: unknown[]) => {
        disarm();
        const late = () => giveUp(new Error(`Postgres did not answer within ${answerMs} ms`));
        deadline = setTimeout(late, answerMs).unref();
        return send(...args);
      }) as typeof this.query;
      // Every statement that was sent has been answered.
      this.on("drain", disarm);
      this.on("end", disarm);
      this.on("error", onError);
      this.#internals.connection.on("errorMessage", ({ code }) => {
        if (!leadsNowhere(code)) return;
        // The statement gets Postgres's own words first.
        setImmediate(() => giveUp(new Error(`this connection to Postgres was given up (${code})`)));
      });
    }

    get #internals() {
      return this as unknown as Internals;
    }

    abandon(error: Error) {
      this.#internals.connection.stream.destroy(error);
    }
  };
}
