import { type MessageRequest, ParlorError } from "@parlor/client";
import { useParlor, useRequests } from "@parlor/react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { MessageText } from "../chat/message-text";
import { nameOf } from "../lib/names";
import { shortTime } from "../lib/time";
import { openConversation } from "../shell/use-route";
import { UserAvatar } from "../ui/avatar";
import { Button, IconButton } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Bone, useDelayed } from "../ui/states";

/** Who asks to write to one, what they said, and what to answer. Looking tells nobody anything. */
export function RequestsDialog({ onClose }: { onClose(): void }) {
  const { requests } = useRequests();
  useEffect(() => {
    if (requests.length === 0) onClose();
  }, [requests.length, onClose]);
  return (
    <Dialog label="Message requests" onClose={onClose}>
      <div data-testid="requests" className="flex max-h-[min(40rem,85dvh)] flex-col">
        <header className="flex items-center py-3 pr-3 pl-5">
          <h2 className="flex-1 text-title font-semibold">Message requests</h2>
          <IconButton data-focus icon="close" label="Close" onClick={onClose} />
        </header>
        <p className="px-5 text-small text-ink-quiet">They do not see that you look, nor that you decline.</p>
        <ul className="min-h-0 divide-y divide-line overflow-y-auto px-5 pb-3">
          {requests.map((request) => (
            <RequestItem key={request.conversation_id} request={request} onAccepted={onClose} />
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

function RequestItem({ request, onAccepted }: { request: MessageRequest; onAccepted(): void }) {
  const { conversation_id, user, created_at } = request;
  const client = useParlor();
  const { open, accept, decline } = useRequests();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const opened = useQuery({
    queryKey: ["request", conversation_id],
    queryFn: ({ signal }) => open(conversation_id, { signal }),
    staleTime: 0,
    gcTime: 0,
  });
  const late = useDelayed(opened.isPending);
  const answer = async (act: () => Promise<unknown>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await act();
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
      setBusy(false);
    }
  };
  const take = async () => {
    await accept(conversation_id);
    openConversation(conversation_id);
    onAccepted();
  };
  return (
    <li className="py-4" data-testid="request" data-user-id={user.id}>
      <div className="flex items-center gap-3">
        <UserAvatar user={user} size={38} />
        <span className="min-w-0 flex-1 truncate font-semibold">{nameOf(user)}</span>
        <time dateTime={created_at} className="shrink-0 text-meta text-ink-quiet">
          {shortTime(created_at)}
        </time>
      </div>
      <div className="mt-2 space-y-1 pl-[50px]">
        {opened.isPending && late && <Bone className="h-9 w-56" round="rounded-bubble" />}
        {opened.isError && (
          <p role="alert" className="flex items-center gap-3 text-small text-danger">
            It did not load. <Button onClick={() => opened.refetch()}>Try again</Button>
          </p>
        )}
        {opened.data?.messages.map((message) => (
          <div
            key={message.id}
            dir="auto"
            className="w-fit max-w-full rounded-bubble bg-bubble px-3.5 py-2 whitespace-pre-wrap [overflow-wrap:anywhere]"
          >
            {message.deleted_at ? (
              <i className="text-ink-quiet">Message unsent</i>
            ) : (
              <MessageText body={message.body ?? ""} />
            )}
          </div>
        ))}
        <div className="flex flex-wrap gap-2 pt-2">
          <Button look="primary" disabled={busy} data-testid="accept-request" onClick={() => answer(take)}>
            Accept
          </Button>
          <Button disabled={busy} data-testid="decline-request" onClick={() => answer(() => decline(conversation_id))}>
            Decline
          </Button>
          <Button disabled={busy} data-testid="block-requester" onClick={() => answer(() => client.block(user.id))}>
            Block
          </Button>
        </div>
        <p role="alert" className="text-small text-danger empty:hidden">
          {problem}
        </p>
      </div>
    </li>
  );
}
