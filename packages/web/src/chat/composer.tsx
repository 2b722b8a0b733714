import { type Conversation, findMentions, LIMITS, type Mentions, mentionsOf, ParlorError } from "@parlor/client";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { mentionable } from "../lib/mentionable";
import { Icon } from "../ui/icon";
import { drafts } from "./drafts";
import { useMentionPicker } from "./mention-picker";

interface ComposerProps {
  conversation: Conversation;
  me: string | undefined;
  placeholder: string;
  send(body: string, mentions: Mentions | undefined): void;
  /** ↑ with nothing written. */
  onEditLast(): void;
  /** Esc, where it has something to end here. */
  onEscape: (() => void) | undefined;
}

const encoder = new TextEncoder();
/** From here on one wants to know how much is left. */
const NEAR_LIMIT_BYTES = LIMITS.message_body_bytes - 1024;

export function Composer({ conversation, me, placeholder, send, onEditLast, onEscape }: ComposerProps) {
  const conversationId = conversation.id;
  const [text, setText] = useState(() => drafts.get(conversationId) ?? "");
  const [problem, setProblem] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  const bytes = text.length * 3 < NEAR_LIMIT_BYTES ? 0 : encoder.encode(text).length;
  const left_bytes = LIMITS.message_body_bytes - bytes;
  const empty = text.trim() === "";
  const sendable = !empty && left_bytes >= 0;

  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  // Where CSS cannot do it (`field-sizing`), the field is made as tall as its text.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what changes the height
  useLayoutEffect(() => {
    const element = field.current;
    if (!element || CSS.supports("field-sizing", "content")) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [text]);

  const change = (value: string) => {
    setText(value);
    setProblem(undefined);
    drafts.set(conversationId, value);
  };
  const submit = () => {
    if (!sendable) return;
    try {
      const body = text.trim();
      send(body, mentionsOf(findMentions(body, mentionable(conversation, me))));
      change("");
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
    }
    field.current?.focus();
  };
  const mentions = useMentionPicker({ conversation, me, text, field, change });
  const onKeyDown = (event: KeyboardEvent) => {
    if (mentions.onKey(event)) return;
    if (event.key === "Escape" && onEscape && !event.nativeEvent.isComposing) {
      event.stopPropagation();
      onEscape();
      return;
    }
    if (event.key === "ArrowUp" && text === "") {
      event.preventDefault();
      onEditLast();
      return;
    }
    // During the composition of a character (Japanese, Chinese, …) Enter belongs to the input method.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };

  return (
    <form
      className="relative mx-auto w-full max-w-[51rem] px-4 pt-2 pb-[max(1rem,env(safe-area-inset-bottom))] sm:px-6"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {mentions.list}
      <div className="flex items-end gap-1.5 rounded-bubble border border-line-strong bg-raised p-1 shadow-low transition-[border-color,box-shadow] focus-within:border-accent focus-within:shadow-float">
        <textarea
          ref={field}
          rows={1}
          value={text}
          dir="auto"
          enterKeyHint="send"
          data-testid="composer"
          aria-label={placeholder}
          aria-invalid={left_bytes < 0}
          placeholder={placeholder}
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
          {...mentions.attributes}
          className="field-sizing-content max-h-[12.5rem] min-h-9 min-w-0 flex-1 resize-none bg-transparent px-3 py-[7px] outline-none max-md:text-[16px]"
        />
        <button
          type="submit"
          aria-label="Send"
          title="Send (Enter)"
          data-testid="send"
          disabled={!sendable}
          className="grid size-9 shrink-0 place-items-center rounded-room bg-accent text-accent-ink transition-[background-color,color,scale] hover:bg-accent-hover active:scale-95 disabled:scale-100 disabled:cursor-default disabled:bg-transparent disabled:text-ink-quiet"
        >
          <Icon name="send" />
        </button>
      </div>
      <div aria-live="polite" className="text-small">
        {problem && <p className="mt-1.5 px-1 text-danger">{problem}</p>}
        {bytes > NEAR_LIMIT_BYTES && (
          <p
            data-testid="body-limit"
            className={`mt-1.5 px-1 tabular-nums ${left_bytes < 0 ? "text-danger" : "text-ink-quiet"}`}
          >
            {left_bytes >= 0
              ? `${left_bytes.toLocaleString()} bytes left`
              : `${(-left_bytes).toLocaleString()} bytes too long. A message holds 16 KiB; send it in parts.`}
          </p>
        )}
      </div>
    </form>
  );
}
