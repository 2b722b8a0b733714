import { useCallback, useEffect, useState } from "react";
import { drafts } from "../chat/drafts";
import { demoLogin } from "./demo";
import { loadSession, type Session, saveSession, takeFromAddress } from "./session";

export interface SessionView {
  session: Session | undefined;
  /** A login by address is under way. */
  entering: boolean;
  /** Why somebody has to log in (again). */
  notice: string | undefined;
  enter(session: Session): void;
  enterAs(user_id: string): Promise<void>;
  leave(notice?: string): void;
}

const asked = takeFromAddress();

function initialSession(): Session | undefined {
  if (asked.token) return { token: asked.token, demo: false };
  const held = loadSession();
  return asked.as && held?.user?.id !== asked.as ? undefined : held;
}

export function useSession(): SessionView {
  const [session, setSession] = useState(initialSession);
  const [entering, setEntering] = useState(asked.as !== undefined && session === undefined);
  const [notice, setNotice] = useState<string>();

  const enter = useCallback((next: Session) => {
    saveSession(next);
    setNotice(undefined);
    setSession(next);
  }, []);

  const enterAs = useCallback(
    async (user_id: string) => {
      try {
        enter(await demoLogin(user_id));
      } catch (cause) {
        setNotice(cause instanceof Error ? cause.message : String(cause));
      }
    },
    [enter],
  );

  const leave = useCallback((why?: string) => {
    saveSession(undefined);
    drafts.clear();
    setSession(undefined);
    setNotice(why);
    location.hash = "";
  }, []);

  useEffect(() => {
    if (session) saveSession(session);
  }, [session]);

  useEffect(() => {
    if (entering && asked.as) enterAs(asked.as).finally(() => setEntering(false));
  }, [entering, enterAs]);

  return { session, entering, notice, enter, enterAs, leave };
}
