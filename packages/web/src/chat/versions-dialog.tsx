import type { MessageVersion, Page } from "@parlor/client";
import { useCallback, useEffect, useState } from "react";
import { fullTime } from "../lib/time";
import { Button, IconButton } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Bone, useDelayed } from "../ui/states";
import { MessageText } from "./message-text";

interface VersionsDialogProps {
  load(cursor?: string): Promise<Page<MessageVersion>>;
  onClose(): void;
}

/** What a message said before it was edited, newest first. */
export function VersionsDialog({ load, onClose }: VersionsDialogProps) {
  const [versions, setVersions] = useState<readonly MessageVersion[]>([]);
  const [next, setNext] = useState<string>();
  const [state, setState] = useState<"loading" | "ready" | "failed">("loading");
  const more = useCallback(
    (cursor?: string) => {
      setState("loading");
      load(cursor).then(
        (page) => {
          setVersions((held) => (cursor ? [...held, ...page.items] : page.items));
          setNext(page.next_cursor);
          setState("ready");
        },
        () => setState("failed"),
      );
    },
    [load],
  );
  useEffect(() => more(), [more]);
  const late = useDelayed(state === "loading");
  return (
    <Dialog label="Earlier texts" onClose={onClose}>
      <header className="flex h-16 items-center pr-3 pl-5">
        <h2 className="flex-1 text-title font-semibold">Earlier texts</h2>
        <IconButton
          data-focus
          icon="close"
          label="Close"
          onClick={(event) => event.currentTarget.closest("dialog")?.close()}
        />
      </header>
      <ol className="max-h-[60vh] space-y-4 overflow-y-auto px-5 pb-5" data-testid="versions">
        {versions.map((version) => (
          <li key={version.written_at + version.body}>
            <time dateTime={version.written_at} className="text-meta text-ink-quiet">
              {fullTime(version.written_at)}
            </time>
            <div dir="auto" className="whitespace-pre-wrap [overflow-wrap:anywhere]">
              <MessageText body={version.body} />
            </div>
          </li>
        ))}
        {state === "loading" && late && <Bone className="h-10 w-64" round="rounded-room" />}
        {state === "failed" && (
          <li className="flex items-center gap-3 text-danger">
            They did not load. <Button onClick={() => more(next)}>Try again</Button>
          </li>
        )}
        {state === "ready" && next && (
          <li>
            <Button onClick={() => more(next)}>Show older</Button>
          </li>
        )}
      </ol>
    </Dialog>
  );
}
