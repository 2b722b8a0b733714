import { ERROR_CODES, type ErrorBody, type ErrorCode } from "./protocol";

/** Codes that only this side makes: no server said them. */
export type LocalErrorCode = "timeout" | "disconnected" | "closed";

/** Every failure that the SDK reports. `retryable` says whether the same call may succeed later. */
export class ParlorError extends Error {
  override readonly name = "ParlorError";
  readonly code: ErrorCode | LocalErrorCode;
  readonly retryable: boolean;
  readonly field: string | undefined;
  readonly limit: number | undefined;
  readonly retry_after_ms: number | undefined;

  constructor(code: ErrorCode | LocalErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.code = code;
    this.retryable = details.retryable ?? isRetryable(code);
    this.field = details.field;
    this.limit = details.limit;
    this.retry_after_ms = details.retry_after_ms;
  }

  static fromBody(body: ErrorBody): ParlorError {
    return new ParlorError(body.code, body.message, body);
  }

  static from(cause: unknown): ParlorError {
    if (cause instanceof ParlorError) return cause;
    return new ParlorError("internal", cause instanceof Error ? cause.message : String(cause), { retryable: true });
  }
}

interface ErrorDetails {
  retryable?: boolean;
  field?: string;
  limit?: number;
  retry_after_ms?: number;
}

/** What holds when nobody said. Exhaustive, so that a new code is a compile error here. */
export function isRetryable(code: ErrorCode | LocalErrorCode): boolean {
  switch (code) {
    case "timeout":
    case "disconnected":
    case "rate_limited":
    case "slow_mode":
    case "unavailable":
    case "slow_consumer":
    case "draining":
    case "internal":
      return true;
    case "closed":
    case "unauthenticated":
    case "forbidden":
    case "not_found":
    case "invalid":
    case "too_large":
    case "limit_reached":
    case "not_allowed":
    case "request_pending":
    case "conflict":
    case "read_only":
    case "too_late":
      return false;
  }
}

/** Reads an error body that came from outside; anything that is none becomes `internal`. */
export function parseErrorBody(value: unknown, fallback = "The server gave no reason"): ErrorBody {
  if (typeof value === "object" && value !== null && "code" in value && isErrorCode(value.code)) {
    const message = "message" in value && typeof value.message === "string" ? value.message : detailOf(value, fallback);
    return { retryable: isRetryable(value.code), ...value, code: value.code, message };
  }
  return { code: "internal", message: fallback, retryable: true };
}

/** RFC 9457 problems carry their text as `detail`. */
function detailOf(value: object, fallback: string): string {
  return "detail" in value && typeof value.detail === "string" ? value.detail : fallback;
}

function isErrorCode(code: unknown): code is ErrorCode {
  return ERROR_CODES.some((known) => known === code);
}
