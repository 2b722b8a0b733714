import type { User } from "@parlor/client";
import { useParlor } from "@parlor/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useDeferredValue, useId, useState } from "react";
import { nameOf } from "../lib/names";
import { UserAvatar } from "../ui/avatar";
import { Icon } from "../ui/icon";
import { Bone, useDelayed } from "../ui/states";

interface PeoplePickerProps {
  me: string | undefined;
  chosen: readonly User[];
  toggle(user: User): void;
  /** Who is not offered, beside oneself. */
  without?: readonly string[];
}

/** A combobox over `GET /users`: type, arrows, Enter; Backspace takes the last one back. */
export function PeoplePicker({ me, chosen, toggle, without = [] }: PeoplePickerProps) {
  const client = useParlor();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const list_id = useId();
  const wanted = useDeferredValue(query.trim());
  const found = useQuery({
    queryKey: ["users", me, wanted],
    queryFn: ({ signal }) => client.searchUsers(wanted, { limit: 30, signal }),
    placeholderData: keepPreviousData,
  });
  const people = (found.data ?? []).filter(({ id }) => id !== me && !without.includes(id));
  const active = people[Math.min(at, people.length - 1)];
  const late = useDelayed(found.isPending);

  const pick = (user: User) => {
    toggle(user);
    setQuery("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = chosen.at(-1);
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, people.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter" && active) pick(active);
    else if (event.key === "Backspace" && query === "" && last) toggle(last);
    else return;
    if (event.key !== "Backspace") event.preventDefault();
  };
  return (
    <>
      <div className="flex min-h-12 flex-wrap items-center gap-1.5 border-y border-line bg-surface px-5 py-2">
        {chosen.map((user) => (
          <Chip key={user.id} user={user} remove={() => toggle(user)} />
        ))}
        <input
          data-focus
          role="combobox"
          aria-expanded="true"
          aria-controls={list_id}
          aria-activedescendant={active ? `${list_id}-${active.id}` : undefined}
          aria-label="Find people"
          data-testid="people-query"
          placeholder={chosen.length > 0 ? "And who else?" : "A name"}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          className="h-8 min-w-28 flex-1 bg-transparent outline-none"
        />
      </div>
      <div id={list_id} role="listbox" aria-label="People" className="h-72 overflow-y-auto p-2">
        {found.isPending && late && [1, 2, 3, 4].map((n) => <Bone key={n} className="m-2 h-9" round="rounded-room" />)}
        {found.isError && <p className="p-6 text-center text-ink-soft">People cannot be looked up just now.</p>}
        {people.map((user, index) => (
          <PersonOption
            key={user.id}
            id={`${list_id}-${user.id}`}
            user={user}
            active={user === active}
            chosen={chosen.some(({ id }) => id === user.id)}
            hover={() => setAt(index)}
            pick={() => pick(user)}
          />
        ))}
        {found.isSuccess && people.length === 0 && (
          <p className="p-6 text-center text-ink-soft">Nobody by that name.</p>
        )}
      </div>
    </>
  );
}

function Chip({ user, remove }: { user: User; remove(): void }) {
  return (
    <button
      type="button"
      onClick={remove}
      aria-label={`Remove ${nameOf(user)}`}
      className="flex h-8 max-w-full items-center gap-1.5 rounded-full bg-accent-tint pr-2.5 pl-1 text-small font-medium hover:bg-selected"
    >
      <UserAvatar user={user} size={24} />
      <span className="truncate">{nameOf(user)}</span>
      <Icon name="close" size={14} />
    </button>
  );
}

interface PersonOptionProps {
  id: string;
  user: User;
  active: boolean;
  chosen: boolean;
  hover(): void;
  pick(): void;
}

function PersonOption({ id, user, active, chosen, hover, pick }: PersonOptionProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={chosen}
      data-testid="person-option"
      data-user-id={user.id}
      ref={(element) => {
        if (active) element?.scrollIntoView({ block: "nearest" });
      }}
      onMouseMove={hover}
      onClick={pick}
      className={`flex cursor-pointer items-center gap-3 rounded-room px-3 py-2 ${active ? "bg-hover" : ""}`}
    >
      <UserAvatar user={user} size={36} />
      <span className="min-w-0 flex-1 truncate">
        {nameOf(user)}
        {user.name && <span className="ml-2 text-small text-ink-quiet">{user.id}</span>}
      </span>
      {chosen && (
        <span className="text-accent-text">
          <Icon name="check" />
        </span>
      )}
    </div>
  );
}
