import type { ConversationState, User } from "@parlor/client";
import { type KeyboardEvent, type ReactNode, useId, useMemo, useState } from "react";
import { matches, nameOf, titleOf } from "../lib/names";
import { ConversationAvatar } from "../ui/avatar";
import { Dialog } from "../ui/dialog";
import { Icon } from "../ui/icon";

const SHOWN = 8;

interface QuickSwitcherProps {
  conversations: readonly ConversationState[];
  me: User | undefined;
  go(id: string): void;
  onClose(): void;
  onNew(): void;
}

/** ⌘K: a few letters and Enter. Unread ones come first, as long as nothing is typed. */
export function QuickSwitcher({ conversations, me, go, onClose, onNew }: QuickSwitcherProps) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list_id = useId();
  const found = useMemo(() => rank(conversations, query, me).slice(0, SHOWN), [conversations, query, me]);
  const count = found.length + 1;

  const choose = (index: number) => {
    const entry = found[index];
    if (entry) go(entry.conversation.id);
    else onNew();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt((at + 1) % count);
    else if (event.key === "ArrowUp") setAt((at + count - 1) % count);
    else if (event.key === "Enter") choose(at);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog label="Go to a conversation" onClose={onClose} high>
      <div
        className="flex h-14 items-center gap-3 border-b border-line px-5 text-ink-quiet"
        data-testid="quick-switcher"
      >
        <Icon name="search" />
        <input
          data-focus
          role="combobox"
          aria-expanded="true"
          aria-controls={list_id}
          aria-activedescendant={`${list_id}-${at}`}
          aria-label="Find a conversation"
          placeholder="Where to?"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          className="h-full flex-1 bg-transparent text-title text-ink outline-none"
        />
      </div>
      <div id={list_id} role="listbox" aria-label="Conversations" className="p-2">
        {found.map(({ conversation, unread }, index) => (
          <Option
            key={conversation.id}
            id={`${list_id}-${index}`}
            active={index === at}
            hover={() => setAt(index)}
            pick={() => choose(index)}
          >
            <ConversationAvatar conversation={conversation} me={me?.id} size={32} />
            <span className="min-w-0 flex-1 truncate">{titleOf(conversation, me?.id)}</span>
            {unread > 0 && <span className="text-small font-medium text-accent-text tabular-nums">{unread} new</span>}
          </Option>
        ))}
        <Option
          id={`${list_id}-${found.length}`}
          active={at >= found.length}
          hover={() => setAt(found.length)}
          pick={onNew}
        >
          <span className="grid size-8 place-items-center text-ink-soft">
            <Icon name="plus" />
          </span>
          <span className="text-ink-soft">New conversation</span>
        </Option>
      </div>
    </Dialog>
  );
}

interface OptionProps {
  id: string;
  active: boolean;
  hover(): void;
  pick(): void;
  children: ReactNode;
}

function Option({ id, active, hover, pick, children }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      onMouseMove={hover}
      onClick={pick}
      className={`flex h-12 cursor-pointer items-center gap-3 rounded-room px-3 ${active ? "bg-hover" : ""}`}
    >
      {children}
    </div>
  );
}

function rank(all: readonly ConversationState[], query: string, me: User | undefined): readonly ConversationState[] {
  if (query.trim() === "") return all.toSorted((a, b) => Number(b.unread > 0) - Number(a.unread > 0));
  const by_title = all.filter(({ conversation }) => matches(titleOf(conversation, me?.id), query));
  const by_person = all.filter(
    (entry) =>
      !by_title.includes(entry) && entry.conversation.participants.some(({ user }) => matches(nameOf(user), query)),
  );
  return [...by_title, ...by_person];
}
