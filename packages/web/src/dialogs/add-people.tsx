import { type Conversation, LIMITS, ParlorError, type User } from "@parlor/client";
import { useParticipants } from "@parlor/react";
import { type FormEvent, useState } from "react";
import { Button, IconButton } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { PeoplePicker } from "./people-picker";

interface AddPeopleProps {
  conversation: Conversation;
  me: string | undefined;
  onClose(): void;
}

/** Brings people into a group. Those who are in it are not offered. */
export function AddPeople({ conversation, me, onClose }: AddPeopleProps) {
  const { add } = useParticipants(conversation.id);
  const [chosen, setChosen] = useState<readonly User[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const room = LIMITS.group_members - conversation.participants.length;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (chosen.length === 0 || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await add(chosen.map(({ id }) => id));
      onClose();
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
      setBusy(false);
    }
  };
  const toggle = (user: User) =>
    setChosen((held) =>
      held.some(({ id }) => id === user.id) ? held.filter(({ id }) => id !== user.id) : [...held, user],
    );
  return (
    <Dialog label="Add people" onClose={onClose}>
      <form onSubmit={submit} data-testid="add-people-dialog">
        <header className="flex items-center py-3 pr-3 pl-5">
          <h2 className="flex-1 text-title font-semibold">Add people</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        <PeoplePicker
          me={me}
          chosen={chosen}
          toggle={toggle}
          without={conversation.participants.map(({ user }) => user.id)}
        />
        <footer className="flex items-center justify-end gap-3 border-t border-line px-5 py-4">
          <p role="alert" className="min-w-0 flex-1 text-small text-danger">
            {problem ?? (chosen.length > room ? `A group holds ${LIMITS.group_members} people.` : "")}
          </p>
          <Button
            type="submit"
            look="primary"
            disabled={chosen.length === 0 || chosen.length > room || busy}
            data-testid="add-people"
          >
            {chosen.length > 1 ? `Add ${chosen.length} people` : "Add"}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
