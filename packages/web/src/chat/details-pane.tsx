import { type Conversation, mayAdd, mayChange, ParlorError, type Role } from "@parlor/client";
import { useParticipants } from "@parlor/react";
import { useState } from "react";
import { AddPeople } from "../dialogs/add-people";
import { Confirm } from "../dialogs/confirm";
import { EditGroup } from "../dialogs/edit-group";
import { titleOf } from "../lib/names";
import { ConversationAvatar } from "../ui/avatar";
import { IconButton } from "../ui/button";
import { Icon } from "../ui/icon";
import { MemberRow } from "./member-row";

interface DetailsPaneProps {
  conversation: Conversation;
  me: string | undefined;
  onClose(): void;
}

type Question = { kind: "leave" } | { kind: "remove" | "owner"; id: string; name: string };

/** A group: what it is, who is in it and as what, and what one may do about that. */
export function DetailsPane({ conversation, me, onClose }: DetailsPaneProps) {
  const { setRole } = useParticipants(conversation.id);
  const [adding, setAdding] = useState(false);
  const [editing, setEditing] = useState(false);
  const [question, setQuestion] = useState<Question>();
  const [problem, setProblem] = useState<string>();
  const give = (id: string, role: Role) => {
    setProblem(undefined);
    setRole(id, role).catch((cause: unknown) => setProblem(ParlorError.from(cause).message));
  };
  const people = conversation.participants;
  return (
    <aside
      aria-label="About this group"
      data-testid="details"
      className="flex w-80 shrink-0 animate-appear flex-col border-l border-line bg-panel max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-10 max-lg:w-full max-lg:max-w-80 max-lg:shadow-high max-sm:max-w-none"
    >
      <header className="flex h-16 shrink-0 items-center pr-3 pl-5">
        <h3 className="flex-1 font-semibold">Group</h3>
        {mayChange(conversation, me) && (
          <IconButton icon="edit" label="Edit the group" onClick={() => setEditing(true)} data-testid="edit-group" />
        )}
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 pb-4">
        <div className="flex flex-col items-center gap-3 px-2 pt-2 pb-5 text-center">
          <ConversationAvatar conversation={conversation} me={me} size={64} />
          <p className="max-w-full text-title font-semibold break-words">{titleOf(conversation, me)}</p>
          {conversation.description && (
            <p
              dir="auto"
              data-testid="group-description"
              className="-mt-1 max-w-full whitespace-pre-wrap break-words text-small text-ink-soft"
            >
              {conversation.description}
            </p>
          )}
        </div>
        <div className="flex h-10 items-center px-2">
          <h4 className="flex-1 text-small font-semibold text-ink-soft">
            People <span className="font-normal text-ink-quiet tabular-nums">{people.length}</span>
          </h4>
        </div>
        {mayAdd(conversation, me) && (
          <button
            type="button"
            data-testid="add-people-open"
            onClick={() => setAdding(true)}
            className="flex w-full items-center gap-3 rounded-room px-2 py-2 text-left font-medium text-accent-text hover:bg-hover"
          >
            <span className="grid size-9 place-items-center rounded-full bg-accent-tint">
              <Icon name="plus" />
            </span>
            Add people
          </button>
        )}
        {problem && (
          <p role="alert" className="px-2 py-2 text-small text-danger">
            {problem}
          </p>
        )}
        <ul data-testid="members">
          {people.map((participant) => (
            <MemberRow
              key={participant.user.id}
              conversation={conversation}
              participant={participant}
              me={me}
              give={give}
              ask={(kind, id, name) => setQuestion({ kind, id, name })}
            />
          ))}
        </ul>
        <div className="mt-4 border-t border-line pt-4">
          <button
            type="button"
            data-testid="leave-group"
            onClick={() => setQuestion({ kind: "leave" })}
            className="flex w-full items-center gap-3 rounded-room px-2 py-2 text-left text-danger hover:bg-hover"
          >
            <span className="grid size-9 place-items-center">
              <Icon name="leave" />
            </span>
            Leave the group
          </button>
        </div>
      </div>
      {editing && <EditGroup conversation={conversation} onClose={() => setEditing(false)} />}
      {adding && <AddPeople conversation={conversation} me={me} onClose={() => setAdding(false)} />}
      {question && (
        <Asked question={question} conversation={conversation} me={me} done={() => setQuestion(undefined)} />
      )}
    </aside>
  );
}

interface AskedProps {
  question: Question;
  conversation: Conversation;
  me: string | undefined;
  done(): void;
}

function Asked({ question, conversation, me, done }: AskedProps) {
  const { leave, remove, setRole } = useParticipants(conversation.id);
  const title = titleOf(conversation, me);
  switch (question.kind) {
    case "leave":
      return (
        <Confirm title={`Leave ${title}?`} action="Leave" run={leave} onClose={done}>
          You get no more messages from it, and come back only when somebody adds you again.
        </Confirm>
      );
    case "remove":
      return (
        <Confirm title={`Remove ${question.name}?`} action="Remove" run={() => remove(question.id)} onClose={done}>
          {`${question.name} can no longer read ${title}. What they wrote stays.`}
        </Confirm>
      );
    case "owner":
      return (
        <Confirm
          title={`Make ${question.name} the owner?`}
          action="Make owner"
          run={() => setRole(question.id, "owner")}
          onClose={done}
        >
          You will be an admin from then on. Only the new owner can give the group back.
        </Confirm>
      );
  }
}
