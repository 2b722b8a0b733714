import type { Conversation, Mentionable } from "@parlor/client";
import { type KeyboardEvent, type RefObject, useId, useState } from "react";
import { EVERYBODY, mentionable, suggestions, typing } from "../lib/mentionable";
import { person } from "../lib/names";
import { UserAvatar } from "../ui/avatar";
import { Icon } from "../ui/icon";

interface Suggesting {
  conversation: Conversation;
  me: string | undefined;
  text: string;
  field: RefObject<HTMLTextAreaElement | null>;
  change(text: string): void;
}

/** Suggests people while an `@` is being typed: arrows choose, Enter and Tab take, Esc goes on without. */
export function useMentionPicker({ conversation, me, text, field, change }: Suggesting) {
  const [caret, setCaret] = useState<number>();
  const [at, setAt] = useState(0);
  /** Where one did not want any. */
  const [passed, setPassed] = useState<number>();
  const list_id = useId();
  const typed = caret === undefined ? undefined : typing(text, caret);
  const open = typed && typed.start !== passed;
  const people = open ? suggestions(mentionable(conversation, me), typed.query) : [];
  const active = people[Math.min(at, people.length - 1)];

  const take = (one: Mentionable) => {
    if (!typed || caret === undefined) return;
    const before = `${text.slice(0, typed.start)}@${one.label} `;
    change(before + text.slice(caret));
    setCaret(undefined);
    setAt(0);
    // After the field has its new text.
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(before.length, before.length);
    });
  };
  /** True where the key was for the suggestions. */
  const onKey = (event: KeyboardEvent): boolean => {
    if (!active || !typed || event.nativeEvent.isComposing) return false;
    if (event.key === "ArrowDown") setAt((at + 1) % people.length);
    else if (event.key === "ArrowUp") setAt((at + people.length - 1) % people.length);
    else if (event.key === "Escape") setPassed(typed.start);
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") take(active);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const moved = () => {
    const element = field.current;
    setCaret(element && element.selectionStart === element.selectionEnd ? element.selectionStart : undefined);
  };
  const list = active && (
    <div
      id={list_id}
      role="listbox"
      aria-label="People to mention"
      data-testid="mention-picker"
      className="absolute inset-x-4 bottom-full z-20 mb-1 max-h-72 animate-rise overflow-y-auto rounded-room border border-line bg-raised p-1.5 shadow-high sm:inset-x-6 sm:right-auto sm:w-80"
    >
      {people.map((one, index) => (
        <Suggestion
          key={one.user_id ?? EVERYBODY}
          id={`${list_id}-${index}`}
          one={one}
          conversation={conversation}
          active={one === active}
          hover={() => setAt(index)}
          take={() => take(one)}
        />
      ))}
    </div>
  );
  const attributes = {
    "aria-autocomplete": "list" as const,
    "aria-controls": active ? list_id : undefined,
    "aria-activedescendant": active ? `${list_id}-${people.indexOf(active)}` : undefined,
    onSelect: moved,
    onBlur: () => setCaret(undefined),
  };
  return { list, onKey, attributes };
}

interface SuggestionProps {
  id: string;
  one: Mentionable;
  conversation: Conversation;
  active: boolean;
  hover(): void;
  take(): void;
}

function Suggestion({ id, one, conversation, active, hover, take }: SuggestionProps) {
  return (
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      data-testid="mention-option"
      ref={(element) => {
        if (active) element?.scrollIntoView({ block: "nearest" });
      }}
      onMouseMove={hover}
      // The field keeps the focus.
      onMouseDown={(event) => {
        event.preventDefault();
        take();
      }}
      className={`flex cursor-pointer items-center gap-2.5 rounded-soft px-2 py-1.5 ${active ? "bg-hover" : ""}`}
    >
      {one.user_id === undefined ? (
        <span className="grid size-7 place-items-center text-ink-soft">
          <Icon name="people" />
        </span>
      ) : (
        <UserAvatar user={person(conversation, one.user_id)} size={28} />
      )}
      <span className="min-w-0 flex-1 truncate">
        {one.user_id === undefined ? "Everybody here" : one.label}
        <span className="ml-2 text-small text-ink-quiet">
          {one.user_id === undefined ? `@${EVERYBODY}` : one.user_id}
        </span>
      </span>
    </div>
  );
}
