import { ParlorError, type User } from "@parlor/client";
import { useBlocked } from "@parlor/react";
import { useState } from "react";
import { nameOf } from "../lib/names";
import { Button } from "../ui/button";

/** Stands where the composer would be: there is nobody to write to. */
export function BlockedBar({ user }: { user: User }) {
  const { unblock } = useBlocked(user.id);
  const [problem, setProblem] = useState<string>();
  return (
    <div
      data-testid="blocked-bar"
      className="mx-auto flex w-full max-w-[51rem] flex-wrap items-center justify-center gap-x-4 gap-y-2 px-4 pt-2 pb-[max(1rem,env(safe-area-inset-bottom))] sm:px-6"
    >
      <p className="text-small text-ink-soft">
        You have blocked {nameOf(user)}. Neither of you can write here.
        {problem && (
          <span role="alert" className="block text-danger">
            {problem}
          </span>
        )}
      </p>
      <Button
        data-testid="unblock-here"
        onClick={() => unblock().catch((cause: unknown) => setProblem(ParlorError.from(cause).message))}
      >
        Unblock
      </Button>
    </div>
  );
}
