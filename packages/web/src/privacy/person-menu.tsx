import { ParlorError, type User } from "@parlor/client";
import { useBlocked, useParlor } from "@parlor/react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { nameOf } from "../lib/names";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Menu, MenuItem } from "../ui/menu";

interface PersonMenuProps {
  user: User;
  /** More items, above; `close` before what they do. */
  children(close: () => void): ReactNode;
}

/** What can be done about the other one of a direct conversation, and about the conversation. */
export function PersonMenu({ user, children }: PersonMenuProps) {
  const { isBlocked, unblock } = useBlocked(user.id);
  const [asking, setAsking] = useState(false);
  const name = nameOf(user);
  return (
    <>
      <Menu icon="more" label={`More about ${name}`} testid="person-menu">
        {(close) => (
          <>
            {children(close)}
            {!isBlocked && <FollowItem user={user} close={close} />}
            <MenuItem
              icon="block"
              testid={isBlocked ? "unblock" : "block"}
              onClick={() => {
                close();
                if (isBlocked) void unblock().catch(() => undefined);
                else setAsking(true);
              }}
            >
              {isBlocked ? `Unblock ${name}` : `Block ${name}`}
            </MenuItem>
          </>
        )}
      </Menu>
      {asking && <BlockDialog user={user} onClose={() => setAsking(false)} />}
    </>
  );
}

/** Whether one follows somebody is asked when the menu opens: the host app may have changed it. */
function FollowItem({ user, close }: { user: User; close(): void }) {
  const client = useParlor();
  const queries = useQueryClient();
  const queryKey = ["profile", user.id];
  const { data } = useQuery({ queryKey, queryFn: ({ signal }) => client.profile(user.id, { signal }), staleTime: 0 });
  const following = data?.following ?? false;
  const toggle = () => {
    close();
    const changing = following ? client.unfollow(user.id) : client.follow(user.id);
    changing.then((profile) => queries.setQueryData(queryKey, profile)).catch(() => undefined);
  };
  return (
    <MenuItem icon={following ? "close" : "plus"} testid={following ? "unfollow" : "follow"} onClick={toggle}>
      {following ? `Unfollow ${nameOf(user)}` : `Follow ${nameOf(user)}`}
    </MenuItem>
  );
}

/** Says what a block does before it is set. */
function BlockDialog({ user, onClose }: { user: User; onClose(): void }) {
  const { block } = useBlocked(user.id);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const name = nameOf(user);
  const confirm = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await block();
      onClose();
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
      setBusy(false);
    }
  };
  return (
    <Dialog label={`Block ${name}`} onClose={onClose}>
      <div className="p-5" data-testid="block-dialog">
        <h2 className="text-title font-semibold text-balance">Block {name}?</h2>
        <p className="mt-2 text-ink-soft">
          Neither of you can write to the other here any more, and neither finds the other. In groups you both still see
          what is said. {name} is not told.
        </p>
        <p role="alert" className="mt-2 text-small text-danger empty:hidden">
          {problem}
        </p>
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" data-focus data-testid="confirm-block" disabled={busy} onClick={confirm}>
            Block
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
