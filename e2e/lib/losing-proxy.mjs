import { connect, createServer } from "node:net";

/** A TCP proxy that keeps single WebSocket frames from its clients, while everything before and after them passes. */
export class LosingProxy {
  #server;
  #pairs = new Set();
  #needle;
  #lost = () => {};

  static async start(t, url) {
    const proxy = new LosingProxy();
    const target = { host: new URL(url).hostname, port: Number(new URL(url).port) };
    proxy.#server = createServer((client) => proxy.#join(client, connect(target)));
    await new Promise((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    proxy.url = `http://127.0.0.1:${proxy.#server.address().port}`;
    t.after(() => proxy.#close());
    return proxy;
  }

  /** The next frame to any client that holds this text is lost; resolves with it once it is. */
  loseNext(needle) {
    this.#needle = needle;
    return new Promise((resolve) => {
      this.#lost = resolve;
    });
  }

  #join(client, server) {
    const pair = [client, server];
    this.#pairs.add(pair);
    const end = () => {
      for (const side of pair) side.destroy();
      this.#pairs.delete(pair);
    };
    for (const side of pair) side.on("error", () => {}).on("close", end);
    client.on("data", (bytes) => server.write(bytes));
    server.on("data", this.#filter(client));
  }

  /** What is no WebSocket passes as it is. */
  #filter(client) {
    let waiting = Buffer.alloc(0);
    let upgraded;
    return (bytes) => {
      waiting = Buffer.concat([waiting, bytes]);
      if (upgraded === undefined && waiting.length >= HEAD.length) upgraded = waiting.subarray(0, HEAD.length).equals(HEAD);
      if (upgraded === false) {
        client.write(waiting);
        waiting = Buffer.alloc(0);
      }
      if (!upgraded) return;
      for (let part = partOf(waiting); part; part = partOf(waiting)) {
        waiting = waiting.subarray(part.length);
        if (!this.#loses(part)) client.write(part);
      }
    };
  }

  #loses(part) {
    if (this.#needle === undefined || !part.includes(this.#needle)) return false;
    this.#needle = undefined;
    this.#lost(part.toString("latin1"));
    return true;
  }

  #close() {
    this.#server.close();
    for (const [client, server] of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }
}

const HEAD = Buffer.from("HTTP/1.1 101 ");

/** The first whole part of what came: the head of the answer, then frame after frame. */
function partOf(bytes) {
  const length = bytes[0] === HEAD[0] ? headLength(bytes) : frameLength(bytes);
  return length > 0 && bytes.length >= length ? bytes.subarray(0, length) : undefined;
}

/** 0: not known yet. */
function headLength(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  return end < 0 ? 0 : end + 4;
}

/** RFC 6455, section 5.2; a server does not mask, and no frame of one begins as an HTTP answer does. 0: not known yet. */
function frameLength(bytes) {
  if (bytes.length < 2) return 0;
  const short = bytes[1] & 0x7f;
  if (short < 126) return 2 + short;
  if (short === 126) return bytes.length < 4 ? 0 : 4 + bytes.readUInt16BE(2);
  return bytes.length < 10 ? 0 : 10 + Number(bytes.readBigUInt64BE(2));
}
