import type { Page, SeenBy } from "@parlor/client";
import { useCallback, useEffect, useState } from "react";
import { nameOf } from "../lib/names";
import { fullTime, shortTime } from "../lib/time";
import { UserAvatar } from "../ui/avatar";
import { Button, IconButton } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Bone, useDelayed } from "../ui/states";

interface SeenByDialogProps {
  load(cursor?: string): Promise<Page<SeenBy>>;
  onClose(): void;
}

/** Whom a message has reached, and since when. */
export function SeenByDialog({ load, onClose }: SeenByDialogProps) {
  const [people, setPeople] = useState<readonly SeenBy[]>([]);
  const [next, setNext] = useState<string>();
  const [state, setState] = useState<"loading" | "ready" | "failed">("loading");
  const more = useCallback(
    (cursor?: string) => {
      setState("loading");
      load(cursor).then(
        (page) => {
          setPeople((held) => (cursor ? [...held, ...page.items] : page.items));
          setNext(page.next_cursor);
          setState("ready");
        },
        () => setState("failed"),
      );
    },
    [load],
  );
  useEffect(() => more(), [more]);
  const late = useDelayed(state === "loading");
  return (
    <Dialog label="Seen by" onClose={onClose}>
      <header className="flex h-16 items-center pr-3 pl-5">
        <h2 className="flex-1 text-title font-semibold">Seen by</h2>
        <IconButton
          data-focus
          icon="close"
          label="Close"
          onClick={(event) => event.currentTarget.closest("dialog")?.close()}
        />
      </header>
      <div className="max-h-[60vh] min-h-16 overflow-y-auto px-5 pb-5" data-testid="seen-by">
        <ul>
          {people.map((seen) => (
            <Person key={seen.user.id} seen={seen} />
          ))}
        </ul>
        {state === "loading" && late && <Bone className="h-10 w-64" round="rounded-room" />}
        {state === "failed" && (
          <p role="alert" className="flex items-center gap-3 text-danger">
            They did not load. <Button onClick={() => more(next)}>Try again</Button>
          </p>
        )}
        {state === "ready" && people.length === 0 && <p className="text-ink-soft">Nobody yet.</p>}
        {state === "ready" && next && <Button onClick={() => more(next)}>Show more</Button>}
        <p className="mt-3 text-small text-ink-quiet">Who does not show how far they have read is not listed.</p>
      </div>
    </Dialog>
  );
}

function Person({ seen: { user, delivered_at, read_at } }: { seen: SeenBy }) {
  const at = read_at ?? delivered_at;
  return (
    <li className="flex items-center gap-3 py-2" data-user-id={user.id} data-read={read_at !== undefined}>
      <UserAvatar user={user} size={36} />
      <span className="min-w-0 flex-1 truncate">{nameOf(user)}</span>
      {at && (
        <span className="shrink-0 text-small text-ink-quiet">
          {read_at ? "Read" : "Delivered"}{" "}
          <time dateTime={at} title={fullTime(at)} className="tabular-nums">
            {shortTime(at)}
          </time>
        </span>
      )}
    </li>
  );
}
