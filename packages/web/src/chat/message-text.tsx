import { Fragment, memo } from "react";

const ADDRESS = /\bhttps?:\/\/[^\s<>"“”]+/gi;

/** Plain text with links that can be followed. Never HTML: React escapes everything else. */
export const MessageText = memo(function MessageText({ body }: { body: string }) {
  const parts: { at: number; text: string; href?: string }[] = [];
  let at = 0;
  for (const match of body.matchAll(ADDRESS)) {
    const text = withoutTrailing(match[0]);
    if (!URL.canParse(text)) continue;
    if (match.index > at) parts.push({ at, text: body.slice(at, match.index) });
    parts.push({ at: match.index, text, href: text });
    at = match.index + text.length;
  }
  if (at < body.length) parts.push({ at, text: body.slice(at) });
  return parts.map((part) =>
    part.href ? (
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
