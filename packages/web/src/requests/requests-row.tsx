import { useRequests } from "@parlor/react";
import { useState } from "react";
import { firstName } from "../lib/names";
import { Icon } from "../ui/icon";
import { RequestsDialog } from "./requests-dialog";

/** Above the conversations, while somebody asks to write to one. */
export function RequestsRow() {
  const { requests } = useRequests();
  const [open, setOpen] = useState(false);
  const first = requests[0];
  if (!first) return null;
  const others = requests.length - 1;
  const who = others === 0 ? firstName(first.user) : `${firstName(first.user)} and ${others} more`;
  return (
    <>
      <button
        type="button"
        data-testid="requests-open"
        onClick={() => setOpen(true)}
        className="mx-2 mb-1 flex items-center gap-3 rounded-room px-3 py-2.5 text-left transition-colors hover:bg-hover"
      >
        <span className="grid size-11 shrink-0 place-items-center rounded-full bg-accent-tint text-accent-text">
          <Icon name="door" />
        </span>
        <span className="min-w-0 flex-1">
          <span className="block font-semibold">
            {requests.length === 1 ? "Message request" : `${requests.length} message requests`}
          </span>
          <span className="block truncate text-small text-ink-soft">{who} would like to write to you</span>
        </span>
      </button>
      {open && <RequestsDialog onClose={() => setOpen(false)} />}
    </>
  );
}
