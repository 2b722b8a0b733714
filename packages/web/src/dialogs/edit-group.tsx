import { type Conversation, type ConversationChange, LIMITS, ParlorError, type WhoMayAdd } from "@parlor/client";
import { useConversationUpdate } from "@parlor/react";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { Button, IconButton } from "../ui/button";
import { Dialog } from "../ui/dialog";

const WHO: readonly [WhoMayAdd, string][] = [
  ["owner", "Only the owner"],
  ["admins", "The owner and admins"],
  ["anyone", "Everybody in it"],
];

const SLOW: readonly [number, string][] = [
  [0, "As often as they like"],
  [10, "Once in 10 seconds"],
  [30, "Once in 30 seconds"],
  [60, "Once a minute"],
  [300, "Once in 5 minutes"],
  [900, "Once in 15 minutes"],
  [3600, "Once an hour"],
];

const FIELD =
  "mt-1 block w-full rounded-room border border-line-strong bg-surface px-3 focus-visible:outline-offset-0 max-md:text-[16px]";

/** What a group is called and how it is kept. Only what was changed is sent. */
export function EditGroup({ conversation, onClose }: { conversation: Conversation; onClose(): void }) {
  const update = useConversationUpdate(conversation.id);
  const { settings } = conversation;
  const [before] = useState(() => ({
    name: conversation.name ?? "",
    description: conversation.description ?? "",
    avatar_url: conversation.avatar_url ?? "",
    who_may_add: settings.who_may_add,
    read_only: settings.read_only,
    slow_mode_s: settings.slow_mode_s,
  }));
  const [form, setForm] = useState(before);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const set = (part: Partial<typeof form>) => setForm((held) => ({ ...held, ...part }));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const change = difference(before, form);
    if (Object.keys(change).length === 0) return onClose();
    setBusy(true);
    setProblem(undefined);
    try {
      await update(change);
      onClose();
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
      setBusy(false);
    }
  };
  const slow = SLOW.some(([seconds]) => seconds === form.slow_mode_s)
    ? SLOW
    : [...SLOW, [form.slow_mode_s, `Once in ${form.slow_mode_s} seconds`] as const];
  return (
    <Dialog label="Edit the group" onClose={onClose}>
      <form onSubmit={submit} data-testid="edit-group-dialog" className="flex max-h-[min(44rem,90dvh)] flex-col">
        <header className="flex items-center py-3 pr-3 pl-5">
          <h2 className="flex-1 text-title font-semibold">Edit the group</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        <div className="min-h-0 flex-1 space-y-4 overflow-y-auto px-5 pb-4">
          <Labelled label="Name">
            {(id) => (
              <input
                id={id}
                data-focus
                data-testid="edit-name"
                required
                value={form.name}
                maxLength={LIMITS.name_chars}
                onChange={(event) => set({ name: event.target.value })}
                className={`${FIELD} h-10`}
              />
            )}
          </Labelled>
          <Labelled label="What it is about">
            {(id) => (
              <textarea
                id={id}
                data-testid="edit-description"
                rows={3}
                dir="auto"
                value={form.description}
                maxLength={LIMITS.description_chars}
                onChange={(event) => set({ description: event.target.value })}
                className={`${FIELD} resize-none py-2`}
              />
            )}
          </Labelled>
          <Labelled label="Address of a picture">
            {(id) => (
              <input
                id={id}
                data-testid="edit-avatar"
                inputMode="url"
                placeholder="https://"
                value={form.avatar_url}
                maxLength={LIMITS.url_bytes}
                onChange={(event) => set({ avatar_url: event.target.value })}
                className={`${FIELD} h-10`}
              />
            )}
          </Labelled>
          <hr className="border-line" />
          <Labelled label="Who may add people">
            {(id) => (
              <select
                id={id}
                data-testid="edit-who"
                value={form.who_may_add}
                onChange={(event) => set({ who_may_add: event.target.value as WhoMayAdd })}
                className={`${FIELD} h-10`}
              >
                {WHO.map(([who, text]) => (
                  <option key={who} value={who}>
                    {text}
                  </option>
                ))}
              </select>
            )}
          </Labelled>
          <Labelled label="How often members may write">
            {(id) => (
              <select
                id={id}
                data-testid="edit-slow"
                value={form.slow_mode_s}
                disabled={form.read_only}
                onChange={(event) => set({ slow_mode_s: Number(event.target.value) })}
                className={`${FIELD} h-10 disabled:text-ink-quiet`}
              >
                {slow.map(([seconds, text]) => (
                  <option key={seconds} value={seconds}>
                    {text}
                  </option>
                ))}
              </select>
            )}
          </Labelled>
          <label className="flex items-center gap-3">
            <input
              type="checkbox"
              data-testid="edit-read-only"
              checked={form.read_only}
              onChange={(event) => set({ read_only: event.target.checked })}
              className="size-[18px] accent-accent"
            />
            <span>Only moderators and above may write</span>
          </label>
        </div>
        <footer className="flex items-center justify-end gap-3 border-t border-line px-5 py-4">
          <p role="alert" className="min-w-0 flex-1 text-small text-danger">
            {problem}
          </p>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || form.name.trim() === ""} data-testid="save-group">
            Save
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function difference<T extends ConversationChange>(before: T, after: T): ConversationChange {
  const changed = Object.entries(after).filter(([key, value]) => before[key as keyof T] !== value);
  return Object.fromEntries(changed);
}

function Labelled({ label, children }: { label: string; children(id: string): ReactNode }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="text-small font-medium text-ink-soft">
        {label}
      </label>
      {children(id)}
    </div>
  );
}
