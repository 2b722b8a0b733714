import type { User } from "@parlor/client";
import { firstName } from "../lib/names";
import { Icon } from "../ui/icon";

/** Above the composer of who asked and was not answered: what he can expect. */
export function PendingBar({ user }: { user: User }) {
  const name = firstName(user);
  return (
    <p
      role="status"
      data-testid="request-pending"
      className="mx-auto flex w-full max-w-[51rem] items-center gap-2 px-4 pt-2 text-small text-ink-soft sm:px-6"
    >
      <Icon name="clock" size={16} />
      {name} gets this as a request. You can send a few messages until it is accepted.
    </p>
  );
}
