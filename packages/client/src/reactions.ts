import type { Message, Reaction, ReactionChanged } from "./protocol";

/** An event is the same for all: which reactions are our own stays as we hold it. */
export function keepingMine(held: Message | undefined, arriving: Message): Message {
  if (!held?.reactions || !arriving.reactions) return arriving;
  const own = new Set(mine(held));
  return { ...arriving, reactions: marked(arriving.reactions, own) };
}

/** A message after somebody reacted to it. */
export function reacted(held: Message, change: ReactionChanged, me: string | undefined): Message {
  const own = new Set(change.user_id === me ? change.emojis : mine(held));
  const { reactions: _, ...message } = held;
  const reactions = marked(change.reactions, own);
  const { prev_rev, rev } = change;
  return { ...message, prev_rev, rev, ...(reactions.length > 0 && { reactions }) };
}

function mine(message: Message): readonly string[] {
  return (message.reactions ?? []).filter((one) => one.mine).map((one) => one.emoji);
}

function marked(reactions: readonly Reaction[], own: ReadonlySet<string>): readonly Reaction[] {
  return reactions.map(({ emoji, count }) => (own.has(emoji) ? { emoji, count, mine: true } : { emoji, count }));
}
