import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy before Redis that can lose replies or refuse everybody. */
export interface ReplyProxy {
  port: number;
  /** Requests arrive, replies do not: whoever asks cannot know whether Redis did it. */
  swallow(): void;
  /** Cuts every connection and takes no new one. */
  refuse(): void;
  /** Ends the fault. Connections with a hole in what they carried are cut, as no TCP connection can go on after one. */
  heal(): void;
  /** Replies that were lost since the proxy began. */
  swallowed(): number;
  stop(): Promise<void>;
}

export async function startProxy(upstreamPort: number): Promise<ReplyProxy> {
  let mode: "pass" | "swallow" | "refuse" = "pass";
  let swallowed = 0;
  const pairs = new Map<Socket, { upstream: Socket; holed: boolean }>();

  const server = createServer((client) => {
    client.on("error", () => undefined);
    if (mode === "refuse") return client.destroy();
    const upstream = connect(upstreamPort, "127.0.0.1");
    const pair = { upstream, holed: false };
    pairs.set(client, pair);
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    upstream.on("error", () => undefined);
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => {
      if (mode === "pass") return client.write(data);
      pair.holed = true;
      swallowed += 1;
    });
    client.on("close", () => {
      pairs.delete(client);
      upstream.destroy();
    });
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();

  return {
    port: typeof address === "object" && address ? address.port : 0,
    swallow() {
      mode = "swallow";
    },
    refuse() {
      mode = "refuse";
      for (const client of pairs.keys()) client.destroy();
    },
    heal() {
      mode = "pass";
      for (const [client, { holed }] of pairs) if (holed) client.destroy();
    },
    swallowed: () => swallowed,
    async stop() {
      for (const client of pairs.keys()) client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
