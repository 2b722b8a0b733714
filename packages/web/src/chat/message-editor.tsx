import { ParlorError } from "@parlor/client";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";

interface MessageEditorProps {
  body: string;
  save(body: string): Promise<void>;
  onClose(): void;
}

/** A message's text in its own place: Enter saves, Esc leaves it as it was. What the server refuses stays here to be mended. */
export function MessageEditor({ body, save, onClose }: MessageEditorProps) {
  const [text, setText] = useState(body);
  const [saving, setSaving] = useState(false);
  const [problem, setProblem] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const element = field.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);

  const submit = async () => {
    if (text.trim() === body) return onClose();
    setSaving(true);
    try {
      await save(text.trim());
      onClose();
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
      setSaving(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      onClose();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      if (text.trim() !== "" && !saving) void submit();
    }
  };
  const button = "rounded-joint font-medium underline decoration-1 underline-offset-2 hover:decoration-2";
  return (
    <div className="w-[min(34rem,calc(100vw-5rem))] max-w-full">
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        value={text}
        aria-label="Edit the message"
        data-testid="message-editor"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        className="field-sizing-content block max-h-80 min-h-10 w-full resize-none rounded-bubble border border-accent bg-raised px-3.5 py-2 outline-none max-md:text-[16px]"
      />
      <div className="mx-1 mt-1 flex flex-wrap items-center gap-x-3 text-meta text-ink-quiet" aria-live="polite">
        <button
          type="button"
          className={button}
          data-testid="edit-save"
          disabled={saving || text.trim() === ""}
          onClick={submit}
        >
          Save
        </button>
        <button type="button" className={button} data-testid="edit-cancel" onClick={onClose}>
          Cancel
        </button>
        {problem && <span className="text-danger">Not saved: {problem}</span>}
      </div>
    </div>
  );
}
