import { ParlorError, type User } from "@parlor/client";
import { useParlor, useSnapshot } from "@parlor/react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { nameOf } from "../lib/names";
import { UserAvatar } from "../ui/avatar";
import { Button, IconButton } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Bone, useDelayed } from "../ui/states";
import { MessagingAccessChoice } from "./messaging-access";
import { ReceiptsChoice } from "./receipts-choice";

/** One's own settings. */
export function Settings({ onClose }: { onClose(): void }) {
  return (
    <Dialog label="Settings" onClose={onClose}>
      <div data-testid="settings" className="flex max-h-[min(40rem,85dvh)] flex-col">
        <header className="flex items-center py-3 pr-3 pl-5">
          <h2 className="flex-1 text-title font-semibold">Settings</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        <div className="min-h-0 overflow-y-auto px-5 pb-5">
          <MessagingAccessChoice />
          <hr className="my-5 border-line" />
          <ReceiptsChoice />
          <hr className="my-5 border-line" />
          <BlockedPeople />
        </div>
      </div>
    </Dialog>
  );
}

function BlockedPeople() {
  const client = useParlor();
  const blocked = useSnapshot((state) => state.blocked);
  const found = useInfiniteQuery({
    // Asked anew whenever the mirror says that it changed, here or on another device.
    queryKey: ["blocked", [...blocked].sort()],
    queryFn: ({ pageParam, signal }) => client.listBlocked({ ...(pageParam && { cursor: pageParam }), signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (previous) => previous,
  });
  const late = useDelayed(found.isPending);
  const people = (found.data?.pages ?? []).flatMap(({ items }) => items).filter(({ id }) => blocked.has(id));
  return (
    <section aria-labelledby="blocked-people">
      <h3 id="blocked-people" className="font-semibold">
        Blocked people
      </h3>
      {found.isError ? (
        <div className="mt-2 flex items-center gap-3">
          <p className="flex-1 text-small text-danger">{ParlorError.from(found.error).message}</p>
          <Button onClick={() => found.refetch()}>Try again</Button>
        </div>
      ) : found.isPending ? (
        late && <Bone className="mt-3 h-10" round="rounded-room" />
      ) : people.length === 0 ? (
        <p className="mt-1 text-ink-soft">You block nobody. The menu of a conversation has “Block”.</p>
      ) : (
        <ul className="mt-1" data-testid="blocked-people">
          {people.map((user) => (
            <BlockedPerson key={user.id} user={user} />
          ))}
        </ul>
      )}
      {found.hasNextPage && (
        <Button className="mt-2" disabled={found.isFetchingNextPage} onClick={() => found.fetchNextPage()}>
          Show more
        </Button>
      )}
    </section>
  );
}

function BlockedPerson({ user }: { user: User }) {
  const client = useParlor();
  const [problem, setProblem] = useState<string>();
  return (
    <li className="flex items-center gap-3 py-2">
      <UserAvatar user={user} size={36} />
      <span className="min-w-0 flex-1 truncate">
        {nameOf(user)}
        {problem && (
          <span role="alert" className="block truncate text-small text-danger">
            {problem}
          </span>
        )}
      </span>
      <Button
        aria-label={`Unblock ${nameOf(user)}`}
        data-testid="unblock-person"
        onClick={() => client.unblock(user.id).catch((cause: unknown) => setProblem(ParlorError.from(cause).message))}
      >
        Unblock
      </Button>
    </li>
  );
}
