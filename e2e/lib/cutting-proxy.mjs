import { createServer, connect } from "node:net";

/** Numbers below `end`, the same for the same seed (xorshift32). */
export function numbers(seed) {
  let state = seed || 1;
  return (end) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}

/** A TCP proxy that passes a number of bytes to its clients and then cuts every connection. */
export class CuttingProxy {
  #server;
  #pairs = new Set();
  #left = Infinity;
  #deaf = false;
  /** How often it has cut. */
  cuts = 0;

  static async start(t, url) {
    const proxy = new CuttingProxy();
    const target = { host: new URL(url).hostname, port: Number(new URL(url).port) };
    proxy.#server = createServer((client) => proxy.#join(client, connect(target)));
    await new Promise((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    proxy.url = `http://127.0.0.1:${proxy.#server.address().port}`;
    t.after(() => proxy.#close());
    return proxy;
  }

  /**
   * From now on `bytes` more reach the clients, over all connections. With `deaf` the server is not told of the cut:
   * its connections stay open and silent, as after a lost network.
   */
  cutAfter(bytes, { deaf = false } = {}) {
    this.#left = bytes;
    this.#deaf = deaf;
  }

  #join(client, server) {
    const pair = { client, server };
    this.#pairs.add(pair);
    client.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => this.#down(pair, bytes));
    client.on("error", () => {}).on("close", () => {
      if (!pair.deaf) server.destroy();
      this.#pairs.delete(pair);
    });
    server.on("error", () => {}).on("close", () => client.destroy());
  }

  #down({ client }, bytes) {
    if (client.destroyed) return;
    if (bytes.length < this.#left) {
      this.#left -= bytes.length;
      client.write(bytes);
      return;
    }
    client.write(bytes.subarray(0, this.#left));
    this.#left = Infinity;
    this.cuts += 1;
    for (const pair of this.#pairs) {
      pair.deaf = this.#deaf;
      // What was written is delivered first: the cut is at that byte.
      pair.client.destroySoon();
    }
  }

  #close() {
    this.#server.close();
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }
}
