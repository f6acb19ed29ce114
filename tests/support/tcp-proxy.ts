import { connect, createServer, type Socket } from "node:net";

/** What the network between a client and its server does to replies. Requests always arrive. */
export type NetworkFault =
  | { kind: "none" }
  /** Replies arrive `ms` late. */
  | { kind: "slow"; ms: number }
  /** Replies are lost and the connection stays open: the client cannot know whether the server executed its request. */
  | { kind: "dropping" }
  /** The first byte of a reply closes the connection: the server executed the request, and the client sees an error. */
  | { kind: "cutting" }
  /** Open connections are closed, and new ones are closed at once. */
  | { kind: "refusing" };

export interface TcpProxy {
  port: number;
  fail(fault: NetworkFault): void;
  /**
   * Ends the fault. A connection that has lost bytes is useless: it is closed or, with `leaveDead`, stays open and swallows
   * everything, as behind a firewall that has forgotten it. New connections work either way.
   */
  heal(options?: { leaveDead: boolean }): void;
  /**
   * All open connections go dead in both directions, for good and without a word: neither side learns that the other is gone, as
   * when a cable is pulled. New connections work.
   */
  deaden(): void;
  /** The address moves: new connections go to another server, open ones stay with the old one. */
  moveTo(upstreamPort: number): void;
  /** How many replies are on their way, late. */
  delayed(): number;
  /** How many replies have been lost since the proxy started. */
  dropped(): number;
  /** How many connections are open. */
  connections(): number;
  stop(): Promise<void>;
}

/** A TCP proxy on 127.0.0.1 in front of a server, for faults of the network rather than of the server. */
export async function startTcpProxy(upstreamPort: number): Promise<TcpProxy> {
  let fault: NetworkFault = { kind: "none" };
  let dropped = 0;
  let delayed = 0;
  const dead = new Set<Socket>();
  const clients = new Set<Socket>();
  const upstreams = new Set<Socket>();
  const deadened = new Set<Socket>();
  let port = upstreamPort;

  const server = createServer((client) => {
    client.on("error", () => undefined);
    if (fault.kind === "refusing") return client.destroy();
    const upstream = connect(port, "127.0.0.1");
    upstream.on("error", () => undefined);
    clients.add(client);
    upstreams.add(upstream);
    for (const socket of [client, upstream]) socket.setNoDelay(true);
    client.on("data", (data) => {
      if (!deadened.has(client)) upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (deadened.has(client)) return;
      if (fault.kind === "dropping") dead.add(client);
      if (dead.has(client)) dropped += 1;
      else if (fault.kind === "none") client.write(data);
      else if (fault.kind === "slow") {
        delayed += 1;
        setTimeout(() => {
          delayed -= 1;
          client.write(data);
        }, fault.ms);
      } else client.destroy();
    });
    client.on("close", () => {
      clients.delete(client);
      dead.delete(client);
      if (!deadened.has(client)) upstream.destroy();
    });
    upstream.on("close", () => {
      upstreams.delete(upstream);
      if (!deadened.has(client)) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();

  return {
    port: typeof address === "object" && address ? address.port : 0,
    fail(next) {
      fault = next;
      if (next.kind === "refusing") for (const client of clients) client.destroy();
    },
    heal({ leaveDead } = { leaveDead: false }) {
      fault = { kind: "none" };
      if (!leaveDead) for (const client of dead) client.destroy();
    },
    moveTo(next) {
      port = next;
    },
    deaden() {
      for (const client of clients) deadened.add(client);
    },
    delayed: () => delayed,
    dropped: () => dropped,
    connections: () => clients.size,
    async stop() {
      for (const socket of [...clients, ...upstreams]) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
