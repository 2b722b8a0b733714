import { type ConversationState, isMuted, ownState } from "@parlor/client";
import { useConversations, useSnapshot } from "@parlor/react";
import { useCallback, useState } from "react";
import { ChatPane } from "../chat/chat-pane";
import { ConversationList } from "../conversations/conversation-list";
import { NewConversation } from "../dialogs/new-conversation";
import { QuickSwitcher } from "../dialogs/quick-switcher";
import { titleOf } from "../lib/names";
import { Settings } from "../privacy/settings";
import { Button } from "../ui/button";
import { Mark } from "../ui/icon";
import { Notice } from "../ui/states";
import { ConnectionBanner } from "./connection-banner";
import { Rail } from "./rail";
import { useShortcut, useTitle } from "./use-browser";
import { openConversation, useOpenConversation } from "./use-route";

type Overlay = "switcher" | "new" | "settings" | undefined;

/** Rail, list and conversation; one at a time where there is no room for more. */
export function Workspace({ leave }: { leave(): void }) {
  const me = useSnapshot((state) => state.me);
  const { conversations, isLoading } = useConversations();
  const unreadTotal = asking(conversations);
  const open = useOpenConversation();
  const [overlay, setOverlay] = useState<Overlay>();
  const close = useCallback(() => setOverlay(undefined), []);
  useShortcut(
    "k",
    useCallback(() => setOverlay("switcher"), []),
  );
  const current = useSnapshot((state) => (open ? state.conversations.get(open) : undefined));
  const place = current ? `${titleOf(current.conversation, me?.id)} · Parlor` : "Parlor";
  useTitle(unreadTotal > 0 ? `(${unreadTotal}) ${place}` : place);

  const go = (id: string) => {
    close();
    openConversation(id);
  };
  return (
    <div className="flex h-dvh overflow-hidden bg-canvas">
      <Rail me={me} unread={unreadTotal} onSettings={() => setOverlay("settings")} leave={leave} />
      <main className="flex min-w-0 flex-1">
        <ConversationList
          me={me}
          conversations={conversations}
          isLoading={isLoading}
          open={open}
          onNew={() => setOverlay("new")}
          onSwitch={() => setOverlay("switcher")}
          onSettings={() => setOverlay("settings")}
          leave={leave}
        />
        <div className={`relative min-w-0 flex-1 bg-surface md:border-l md:border-line ${open ? "" : "max-md:hidden"}`}>
          {open ? (
            <ChatPane key={open} id={open} me={me} />
          ) : (
            <Welcome empty={!isLoading && conversations.length === 0} onNew={() => setOverlay("new")} />
          )}
        </div>
      </main>
      <div className="pointer-events-none absolute inset-0 md:left-96">
        <ConnectionBanner />
      </div>
      {overlay === "switcher" && (
        <QuickSwitcher conversations={conversations} me={me} go={go} onClose={close} onNew={() => setOverlay("new")} />
      )}
      {overlay === "settings" && <Settings onClose={close} />}
      {overlay === "new" && <NewConversation me={me} go={go} onClose={close} />}
    </div>
  );
}

/** Unread messages that want to be noticed: neither muted nor out of the way. */
function asking(conversations: readonly ConversationState[]): number {
  const wanted = conversations.filter((one) => one.unread > 0 && !ownState(one.conversation).archived);
  return wanted.reduce((sum, { conversation, unread }) => sum + (isMuted(conversation) ? 0 : unread), 0);
}

function Welcome({ empty, onNew }: { empty: boolean; onNew(): void }) {
  if (!empty) {
    return (
      <Notice art={<Mark size={48} />} title="Pick up where you left off">
        Choose a conversation, or press <Key>Ctrl</Key> <Key>K</Key> to find one.
      </Notice>
    );
  }
  return (
    <Notice
      art={<Mark size={48} />}
      title="It is quiet in here"
      action={
        <Button look="primary" onClick={onNew}>
          Start a conversation
        </Button>
      }
    >
      Write to somebody, or bring a few people together.
    </Notice>
  );
}

function Key({ children }: { children: string }) {
  const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);
  return (
    <kbd className="rounded-joint border border-line-strong bg-raised px-1.5 font-sans text-small">
      {mac && children === "Ctrl" ? "⌘" : children}
    </kbd>
  );
}
