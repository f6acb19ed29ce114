import { connect, createServer, type Socket } from "node:net";

/** What the network between a client and its server does to replies. Requests always arrive. */
export type NetworkFault =
  | { kind: "clear" }
  /** Replies arrive, late by so many ms. */
  | { kind: "slow"; ms: number }
  /** Replies are lost, and the connection stays: whoever asks cannot know whether the server did it. */
  | { kind: "dropping" }
  /** The first byte of a reply ends the connection: the server did it, and the client hears that nobody is there. */
  | { kind: "cutting" }
  /** Nobody listens. */
  | { kind: "refusing" };

export interface TcpProxy {
  port: number;
  change(weather: NetworkFault): void;
  /**
   * Ends the fault. A connection with a hole in what it carried can never go on: it is cut, or, with `leaveDead`, stays as
   * a firewall that forgot it leaves it, swallowing everything for ever. New connections are well either way.
   */
  clear(options?: { leaveDead: boolean }): void;
  stop(): Promise<void>;
}

/** A TCP proxy on 127.0.0.1 before a server, for faults that are the network's and not the server's. */
export async function startTcpProxy(upstreamPort: number): Promise<TcpProxy> {
  let weather: NetworkFault = { kind: "clear" };
  const dead = new Set<Socket>();
  const clients = new Set<Socket>();

  const server = createServer((client) => {
    client.on("error", () => undefined);
    if (weather.kind === "refusing") return client.destroy();
    const upstream = connect(upstreamPort, "127.0.0.1");
    upstream.on("error", () => undefined);
    clients.add(client);
    for (const socket of [client, upstream]) socket.setNoDelay(true);
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => {
      if (dead.has(client)) return;
      if (weather.kind === "clear") client.write(data);
      else if (weather.kind === "slow") setTimeout(() => client.write(data), weather.ms);
      else if (weather.kind === "dropping") dead.add(client);
      else client.destroy();
    });
    client.on("close", () => {
      clients.delete(client);
      dead.delete(client);
      upstream.destroy();
    });
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();

  return {
    port: typeof address === "object" && address ? address.port : 0,
    change(next) {
      weather = next;
      if (next.kind === "refusing") for (const client of clients) client.destroy();
    },
    clear({ leaveDead } = { leaveDead: false }) {
      weather = { kind: "clear" };
      if (!leaveDead) for (const client of dead) client.destroy();
    },
    async stop() {
      for (const client of clients) client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
