import { useId, useState } from "react";
import { Button } from "../ui/button";

/** For servers outside demo mode: the host app usually brings its own login; this is for trying out. */
export function TokenForm({ enter }: { enter(token: string): void }) {
  const [token, setToken] = useState("");
  const id = useId();
  const trimmed = token.trim();
  return (
    <form
      className="rounded-hall border border-line bg-raised p-6 shadow-low"
      onSubmit={(event) => {
        event.preventDefault();
        if (trimmed) enter(trimmed);
      }}
    >
      <label htmlFor={id} className="font-medium">
        Token
      </label>
      <p id={`${id}-hint`} className="mt-0.5 mb-3 text-small text-ink-soft">
        <code className="rounded-joint bg-canvas px-1 py-0.5">parlor token --user ID</code> prints one.
      </p>
      <textarea
        id={id}
        aria-describedby={`${id}-hint`}
        data-testid="login-token"
        rows={3}
        spellCheck={false}
        autoComplete="off"
        value={token}
        onChange={(event) => setToken(event.target.value)}
        placeholder="eyJhbGciOi…"
        className="block w-full resize-none rounded-room border border-line-strong bg-surface px-3 py-2 font-mono text-small break-all focus-visible:outline-offset-0"
      />
      <Button type="submit" look="primary" className="mt-4 w-full" disabled={!trimmed} data-testid="login-enter">
        Log in
      </Button>
    </form>
  );
}
