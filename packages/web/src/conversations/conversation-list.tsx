import { type ConversationState, ownState, type User } from "@parlor/client";
import { type KeyboardEvent, useDeferredValue, useMemo, useRef, useState } from "react";
import { matches, nameOf, titleOf } from "../lib/names";
import { RequestsRow } from "../requests/requests-row";
import { MyMenu, ThemeToggle } from "../shell/rail";
import { closeConversation } from "../shell/use-route";
import { IconButton } from "../ui/button";
import { Icon } from "../ui/icon";
import { Bone, Notice, useDelayed } from "../ui/states";
import { ConversationItem } from "./conversation-item";

interface ConversationListProps {
  me: User | undefined;
  conversations: readonly ConversationState[];
  isLoading: boolean;
  open: string | undefined;
  onNew(): void;
  onSwitch(): void;
  onSettings(): void;
  leave(): void;
}

export function ConversationList(props: ConversationListProps) {
  const { me, conversations, isLoading, open, onNew, leave } = props;
  const [query, setQuery] = useState("");
  const wanted = useDeferredValue(query);
  const archived = useMemo(() => conversations.filter(isArchived), [conversations]);
  const [asked, setAsked] = useState(false);
  // Nothing is left to be seen there once the last one is back among the others.
  const inArchive = asked && archived.length > 0;
  const shown = useMemo(
    () =>
      conversations.filter((entry) =>
        wanted.trim() === "" ? isArchived(entry) === inArchive : isWanted(entry, wanted, me),
      ),
    [conversations, wanted, me, inArchive],
  );
  const list = useRef<HTMLElement>(null);
  const late = useDelayed(isLoading);
  const reachable = shown.some(({ conversation }) => conversation.id === open) ? open : shown[0]?.conversation.id;

  return (
    <section
      aria-label="Conversations"
      className={`flex w-80 shrink-0 flex-col bg-panel max-md:w-full md:border-l md:border-line ${open ? "max-md:hidden" : ""}`}
    >
      <header className={`flex h-16 shrink-0 items-center gap-1 pr-3 ${inArchive ? "pl-2.5" : "pl-5 max-md:pl-4"}`}>
        {inArchive && (
          <IconButton icon="back" label="Back to chats" onClick={() => setAsked(false)} data-testid="leave-archive" />
        )}
        <h1 className="flex-1 text-heading font-semibold tracking-tight">{inArchive ? "Archived" : "Chats"}</h1>
        <IconButton icon="plus" label="New conversation" onClick={onNew} data-testid="new-conversation" />
        <div className="flex items-center gap-1.5 md:hidden">
          <ThemeToggle />
          {me && <MyMenu me={me} onSettings={props.onSettings} leave={leave} below />}
        </div>
      </header>
      <SearchField
        value={query}
        onChange={setQuery}
        onDown={() => focusItem(list.current, 0)}
        onSwitch={props.onSwitch}
      />
      <RequestsRow />
      <nav
        ref={list}
        aria-label="Conversations"
        data-testid="conversation-list"
        onKeyDown={(event) => moveFocus(event, list.current)}
        className="min-h-0 flex-1 space-y-0.5 overflow-y-auto overscroll-contain px-2 pb-3"
      >
        {!inArchive && wanted.trim() === "" && archived.length > 0 && (
          <ArchiveRow archived={archived} onClick={() => setAsked(true)} />
        )}
        {shown.map((entry) => (
          <ConversationItem
            key={entry.conversation.id}
            entry={entry}
            me={me?.id}
            selected={entry.conversation.id === open}
            reachable={entry.conversation.id === reachable}
          />
        ))}
        {isLoading && conversations.length === 0 && late && <ListSkeleton />}
        {!isLoading && shown.length === 0 && <Nothing query={wanted} />}
      </nav>
    </section>
  );
}

function isArchived({ conversation }: ConversationState): boolean {
  return ownState(conversation).archived === true;
}

/** The way to what was put out of the way. */
function ArchiveRow({ archived, onClick }: { archived: readonly ConversationState[]; onClick(): void }) {
  const fresh = archived.filter(({ unread }) => unread > 0).length;
  return (
    <button
      type="button"
      data-testid="open-archive"
      onClick={onClick}
      className="flex h-11 w-full items-center gap-3 rounded-room px-3 text-left text-small text-ink-soft -outline-offset-2 hover:bg-hover hover:text-ink"
    >
      <span className="grid w-11 shrink-0 place-items-center">
        <Icon name="archive" />
      </span>
      <span className="flex-1 font-medium">Archived</span>
      <span className="text-meta text-ink-quiet tabular-nums">{fresh > 0 ? `${fresh} unread` : archived.length}</span>
    </button>
  );
}

function isWanted({ conversation }: ConversationState, query: string, me: User | undefined): boolean {
  if (query.trim() === "" || matches(titleOf(conversation, me?.id), query)) return true;
  return conversation.kind === "group" && conversation.participants.some(({ user }) => matches(nameOf(user), query));
}

interface SearchFieldProps {
  value: string;
  onChange(value: string): void;
  onDown(): void;
  onSwitch(): void;
}

function SearchField({ value, onChange, onDown, onSwitch }: SearchFieldProps) {
  return (
    <div className="relative mx-3 mb-3 text-ink-quiet">
      <span className="pointer-events-none absolute inset-y-0 left-2.5 grid place-items-center">
        <Icon name="search" size={18} />
      </span>
      <input
        type="search"
        aria-label="Filter conversations"
        data-testid="conversation-filter"
        placeholder="Search"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onChange("");
          if (event.key === "ArrowDown") {
            event.preventDefault();
            onDown();
          }
        }}
        className="h-9 w-full appearance-none rounded-room border border-transparent bg-canvas pr-14 pl-9 text-ink transition-colors hover:border-line focus-visible:border-accent focus-visible:bg-raised focus-visible:outline-offset-0 [&::-webkit-search-cancel-button]:hidden"
      />
      <button
        type="button"
        onClick={onSwitch}
        aria-label="Open the quick switcher"
        title="Quick switcher"
        className="absolute inset-y-1.5 right-1.5 rounded-soft border border-line bg-panel px-1.5 text-meta text-ink-quiet hover:text-ink max-md:hidden"
      >
        <span
          data-drawn={/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘K" : "Ctrl K"}
          className="before:content-[attr(data-drawn)]"
        />
      </button>
    </div>
  );
}

function items(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>("[data-testid=conversation-item]") ?? [])];
}

function focusItem(list: HTMLElement | null, index: number): void {
  const all = items(list);
  all[Math.max(0, Math.min(index, all.length - 1))]?.focus();
}

/** Arrows, Home and End walk the list; Enter is the link's own; Esc closes the conversation. */
function moveFocus(event: KeyboardEvent, list: HTMLElement | null): void {
  const at = items(list).indexOf(document.activeElement as HTMLElement);
  const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: Number.MAX_SAFE_INTEGER }[event.key];
  if (event.key === "Escape") closeConversation();
  if (target === undefined || at < 0) return;
  event.preventDefault();
  focusItem(list, target);
}

function Nothing({ query }: { query: string }) {
  if (query.trim() === "") return <Notice title="No conversations yet">The plus above starts one.</Notice>;
  return <Notice title="Nothing found">There is no conversation with “{query.trim()}”.</Notice>;
}

function ListSkeleton() {
  return (
    <div aria-hidden="true" className="animate-appear">
      {[58, 40, 72, 52, 64, 46].map((width) => (
        <div key={width} className="flex items-center gap-3 px-3 py-2.5">
          <Bone className="size-11 shrink-0" round="rounded-full" />
          <div className="flex-1 space-y-2">
            <div style={{ width: `${width}%` }}>
              <Bone className="h-3.5" />
            </div>
            <Bone className="h-3" />
          </div>
        </div>
      ))}
    </div>
  );
}
