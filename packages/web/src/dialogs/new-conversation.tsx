import { LIMITS, ParlorError, type User } from "@parlor/client";
import { useParlor } from "@parlor/react";
import { type FormEvent, useId, useState } from "react";
import { firstName } from "../lib/names";
import { Button, IconButton } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { PeoplePicker } from "./people-picker";

interface NewConversationProps {
  me: User | undefined;
  go(id: string): void;
  onClose(): void;
}

/** One person makes a direct conversation, several make a group with a name. */
export function NewConversation({ me, go, onClose }: NewConversationProps) {
  const client = useParlor();
  const [chosen, setChosen] = useState<readonly User[]>([]);
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const name_id = useId();
  const group = chosen.length > 1;
  const fallback = [...chosen, ...(me ? [me] : [])].map(firstName).join(", ").slice(0, LIMITS.name_chars);

  const toggle = (user: User) =>
    setChosen((held) =>
      held.some(({ id }) => id === user.id) ? held.filter(({ id }) => id !== user.id) : [...held, user],
    );

  const create = async (event: FormEvent) => {
    event.preventDefault();
    const [first] = chosen;
    if (!first || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const user_ids = chosen.map(({ id }) => id);
      const conversation = await client.createConversation(
        group ? { kind: "group", name: name.trim() || fallback, user_ids } : { kind: "direct", user_id: first.id },
      );
      go(conversation.id);
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
      setBusy(false);
    }
  };
  return (
    <Dialog label="New conversation" onClose={onClose}>
      <form onSubmit={create} data-testid="new-conversation-dialog">
        <header className="flex items-center py-3 pr-3 pl-5">
          <h2 className="flex-1 text-title font-semibold">New conversation</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        <PeoplePicker me={me?.id} chosen={chosen} toggle={toggle} />
        <footer className="border-t border-line px-5 py-4">
          {group && (
            <div className="mb-4">
              <label htmlFor={name_id} className="text-small font-medium text-ink-soft">
                Name of the group
              </label>
              <input
                id={name_id}
                data-testid="group-name"
                value={name}
                maxLength={LIMITS.name_chars}
                placeholder={fallback}
                onChange={(event) => setName(event.target.value)}
                className="mt-1 block h-10 w-full rounded-room border border-line-strong bg-surface px-3 focus-visible:outline-offset-0"
              />
            </div>
          )}
          <div className="flex items-center justify-end gap-3">
            <p role="alert" className="min-w-0 flex-1 text-small text-danger">
              {problem}
            </p>
            <Button
              type="submit"
              look="primary"
              disabled={chosen.length === 0 || busy}
              data-testid="create-conversation"
            >
              {group ? `Create group of ${chosen.length + 1}` : "Start chatting"}
            </Button>
          </div>
        </footer>
      </form>
    </Dialog>
  );
}
