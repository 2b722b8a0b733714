import { findMentions, type Mentionable } from "@parlor/client";
import { Fragment, memo } from "react";

const ADDRESS = /\bhttps?:\/\/[^\s<>"“”]+/gi;

interface MessageTextProps {
  body: string;
  /** Whom it mentions. */
  mentions?: readonly Mentionable[] | undefined;
  me?: string | undefined;
}

/** What stands out of a text: a link, or a mention (of us). */
interface Part {
  at: number;
  text: string;
  href?: string;
  mention?: "us" | "other";
}

/** Plain text with links that can be followed, and names that were called. Never HTML: React escapes everything else. */
export const MessageText = memo(function MessageText({ body, mentions = [], me }: MessageTextProps) {
  return partsOf(body, mentions, me).map((part) =>
    part.mention ? (
      <span
        key={part.at}
        data-testid="mention"
        data-us={part.mention === "us"}
        className={`rounded-joint font-medium ${part.mention === "us" ? "bg-accent px-1 text-accent-ink" : "text-accent-text"}`}
      >
        {part.text}
      </span>
    ) : part.href ? (
      <a
        key={part.at}
        href={part.href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        className="text-accent-text underline decoration-1 underline-offset-2 hover:decoration-2"
      >
        {part.text}
      </a>
    ) : (
      <Fragment key={part.at}>{part.text}</Fragment>
    ),
  );
});

function partsOf(body: string, mentions: readonly Mentionable[], me: string | undefined): Part[] {
  const found: Part[] = [];
  for (const match of body.matchAll(ADDRESS)) {
    const text = withoutTrailing(match[0]);
    if (URL.canParse(text)) found.push({ at: match.index, text, href: text });
  }
  for (const { start, end, user_id } of findMentions(body, mentions)) {
    const mention = user_id === undefined || user_id === me ? "us" : "other";
    if (!found.some((link) => start < link.at + link.text.length && link.at < end)) {
      found.push({ at: start, text: body.slice(start, end), mention });
    }
  }
  const parts: Part[] = [];
  let at = 0;
  for (const part of found.sort((a, b) => a.at - b.at)) {
    if (part.at > at) parts.push({ at, text: body.slice(at, part.at) });
    parts.push(part);
    at = part.at + part.text.length;
  }
  if (at < body.length) parts.push({ at, text: body.slice(at) });
  return parts;
}

/** "(see https://example.org/a)." — the closing marks belong to the sentence. */
function withoutTrailing(address: string): string {
  const trimmed = address.replace(/[.,;:!?'’]+$/, "");
  return trimmed.endsWith(")") && !trimmed.includes("(") ? trimmed.slice(0, -1) : trimmed;
}

/** One to three emoji and nothing else are worth a closer look. */
export function isJumbo(body: string): boolean {
  return /^(?:\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)*\s?){1,3}$/u.test(
    body.trim(),
  );
}
