import type { Clock } from "./clock";

export type MakeId = () => string;

/**
 * UUIDv7 (RFC 9562 §5.7): milliseconds, then a 12-bit counter that keeps ids of one millisecond in order, then chance.
 * Uses `getRandomValues`, which pages on plain http have too (`randomUUID` is for secure contexts only).
 */
export function uuidv7Maker(clock: Clock): MakeId {
  let last_ms = 0;
  let counter = 0;
  return () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const now = clock.now();
    if (now > last_ms) {
      last_ms = now;
      counter = (byte(bytes, 6) << 4) & 0x7ff;
    } else if (++counter > 0xfff) {
      // The counter ran over, or the clock went back: borrow the next millisecond.
      last_ms += 1;
      counter = 0;
    }
    for (let i = 0; i < 6; i++) bytes[i] = Math.floor(last_ms / 2 ** (8 * (5 - i))) & 0xff;
    bytes[6] = 0x70 | (counter >> 8);
    bytes[7] = counter & 0xff;
    bytes[8] = 0x80 | (byte(bytes, 8) & 0x3f);
    return format(bytes);
  };
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function format(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
