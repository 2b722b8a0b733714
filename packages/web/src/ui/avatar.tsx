import type { Conversation, User } from "@parlor/client";
import { type CSSProperties, useState } from "react";
import { hueOf, initials, nameOf, partner } from "../lib/names";
import { Icon } from "./icon";

interface AvatarProps {
  id: string;
  name: string;
  src?: string | undefined;
  size?: number;
  group?: boolean;
}

/** Decoration: the name always stands beside it, so screen readers pass over. */
export function Avatar({ id, name, src, size = 40, group = false }: AvatarProps) {
  const [broken, setBroken] = useState<string>();
  const style = { "--hue": hueOf(id), width: size, height: size, fontSize: Math.round(size * 0.37) } as CSSProperties;
  return (
    <span
      aria-hidden="true"
      style={style}
      className={`hued inline-grid shrink-0 select-none place-items-center overflow-hidden font-semibold leading-none tracking-tight ${
        group ? "rounded-[32%]" : "rounded-full"
      }`}
    >
      {src && broken !== src ? (
        <img src={src} alt="" className="size-full object-cover" onError={() => setBroken(src)} />
      ) : group && size >= 32 ? (
        <Icon name="people" size={Math.round(size * 0.52)} />
      ) : (
        // Drawn, not said: what is written in a button must be part of its name, and initials are no name.
        <span data-drawn={initials(name)} className="before:content-[attr(data-drawn)]" />
      )}
    </span>
  );
}

export function UserAvatar({ user, size }: { user: User; size?: number }) {
  return <Avatar id={user.id} name={nameOf(user)} src={user.avatar_url} {...(size && { size })} />;
}

export function ConversationAvatar(props: { conversation: Conversation; me: string | undefined; size?: number }) {
  const { conversation, me, size = 44 } = props;
  const other = partner(conversation, me);
  if (other) return <UserAvatar user={other} size={size} />;
  return <Avatar id={conversation.id} name={conversation.name ?? ""} src={conversation.avatar_url} size={size} group />;
}
