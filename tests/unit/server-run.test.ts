import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { followServer } from "../../app/stores/redis/server-run";

/** A connection whose server says this; `reconnect` leads to another one. */
function connection(info: string) {
  const fake = { stream: {} as object | undefined, asked: 0, info: async () => info };
  const redis = {
    get stream() {
      return fake.stream;
    },
    info: () => {
      fake.asked += 1;
      return fake.info();
    },
  } as unknown as Redis;
  const reconnect = (next: string) => {
    fake.stream = {};
    fake.info = async () => next;
  };
  return { redis, fake, reconnect };
}

describe("the run of a Redis server", () => {
  it("is read once per connection, and again when the connection leads elsewhere", async () => {
    const { redis, fake, reconnect } = connection("redis_version:7.0.15\r\nrun_id:abc\r\n");
    const server = followServer(redis);
    expect(server.run()).toBeNull();
    expect(await Promise.all([server.readRun(), server.readRun()])).toEqual(["abc", "abc"]);
    expect([server.run(), fake.asked]).toEqual(["abc", 1]);
    reconnect("redis_version:7.0.15\r\nrun_id:def\r\n");
    expect(server.run()).toBeNull();
    expect(await server.readRun()).toBe("def");
  });

  it("is not taken from a connection that was lost meanwhile", async () => {
    const { redis, fake } = connection("redis_version:8.2.1\r\nrun_id:abc\r\n");
    const server = followServer(redis);
    const reading = server.readRun();
    fake.stream = {};
    await expect(reading).rejects.toThrow("the connection to Redis was lost");
    expect(server.run()).toBeNull();
  });

  it("is refused with Redis's reason before there is any connection", async () => {
    const { redis, fake } = connection("");
    fake.stream = undefined;
    fake.info = () => Promise.reject(new Error("Stream isn't writeable"));
    const server = followServer(redis);
    expect(server.run()).toBeNull();
    await expect(server.readRun()).rejects.toThrow("Stream isn't writeable");
  });

  it("is refused with one clear line when the server is too old or tells nothing", async () => {
    const old = followServer(connection("redis_version:6.2.14\r\nrun_id:abc\r\n").redis);
    await expect(old.readRun()).rejects.toThrow("Tidemark needs Redis 7 or newer, and this is 6.2.14");
    await expect(followServer(connection("").redis).readRun()).rejects.toThrow("does not tell its run id");
  });
});
