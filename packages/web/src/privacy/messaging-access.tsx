import { type MessagingAccess, ParlorError } from "@parlor/client";
import { useSettings } from "@parlor/react";
import { useState } from "react";
import { Bone, useDelayed } from "../ui/states";

const CHOICES: readonly { access: MessagingAccess; name: string; about: string }[] = [
  { access: "everyone", name: "Everyone", about: "Anybody may begin a conversation with you." },
  { access: "followers", name: "People who follow you", about: "Others ask you first." },
  {
    access: "mutual",
    name: "People you follow back",
    about: "You follow them, and they follow you. Others ask you first.",
  },
  { access: "nobody", name: "Nobody", about: "Only you begin conversations." },
];

/** Whose first message one takes. What began already goes on whatever is chosen. */
export function MessagingAccessChoice() {
  const { settings, change } = useSettings();
  const [asked, setAsked] = useState<MessagingAccess>();
  const [problem, setProblem] = useState<string>();
  const late = useDelayed(!settings);
  const choose = async (messaging_access: MessagingAccess) => {
    setAsked(messaging_access);
    setProblem(undefined);
    try {
      await change({ messaging_access });
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
    } finally {
      setAsked(undefined);
    }
  };
  if (!settings) return late ? <Bone className="h-44" round="rounded-room" /> : null;
  return (
    <fieldset data-testid="messaging-access">
      <legend className="font-semibold">Who may write to you first</legend>
      <div className="mt-1.5 -mx-2">
        {CHOICES.map(({ access, name, about }) => (
          <label
            key={access}
            className="flex cursor-pointer items-start gap-3 rounded-room px-2 py-2 transition-colors hover:bg-hover"
          >
            <input
              type="radio"
              name="messaging-access"
              value={access}
              checked={(asked ?? settings.messaging_access) === access}
              onChange={() => choose(access)}
              className="mt-1 size-4 accent-accent"
            />
            <span>
              {name}
              <span className="block text-small text-ink-quiet">{about}</span>
            </span>
          </label>
        ))}
      </div>
      <p role="alert" className="mt-1 text-small text-danger empty:hidden">
        {problem}
      </p>
    </fieldset>
  );
}
